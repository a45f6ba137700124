import {
  type GpuSeriesName,
  gpuSeriesNames,
  type HistorySeriesName,
  historySeriesNames,
  MAX_HISTORY_MS,
} from '../../api/history.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND} from '../../shared/units.ts';

/** One resolution of kept series. */
export type Tier = {readonly table: string; readonly stepMs: number; readonly keepMs: number};

/** Series that are kept in the same rows. */
export type SeriesGroup<Name extends string> = {
  readonly names: readonly Name[];
  /** Finest first. */
  readonly tiers: readonly [Tier, ...Tier[]];
  /** True if a row is of one GPU. */
  readonly isPerGpu: boolean;
};

/** Series of the node: a second for an hour, ten seconds for a day, a minute for thirty days. */
export const nodeSeries: SeriesGroup<HistorySeriesName> = {
  names: historySeriesNames,
  tiers: [
    {table: 'series_1s', stepMs: MS_PER_SECOND, keepMs: MS_PER_HOUR},
    {table: 'series_10s', stepMs: 10 * MS_PER_SECOND, keepMs: MS_PER_DAY},
    {table: 'series_60s', stepMs: MS_PER_MINUTE, keepMs: MAX_HISTORY_MS},
  ],
  isPerGpu: false,
};

/** Series of each GPU, of which a node has up to 64: ten seconds for a day, five minutes for thirty days. */
export const gpuSeries: SeriesGroup<GpuSeriesName> = {
  names: gpuSeriesNames,
  tiers: [
    {table: 'gpu_series_10s', stepMs: 10 * MS_PER_SECOND, keepMs: MS_PER_DAY},
    {table: 'gpu_series_300s', stepMs: 5 * MS_PER_MINUTE, keepMs: MAX_HISTORY_MS},
  ],
  isPerGpu: true,
};

/** The finest tier that still has data of this age. */
export function tierFor({tiers}: Pick<SeriesGroup<string>, 'tiers'>, ageMs: number): Tier {
  return tiers.find(({keepMs}) => ageMs <= keepMs) ?? tiers.at(-1) ?? tiers[0];
}
