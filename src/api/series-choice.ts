import {nearestName} from '../domain/settings/nearest-name.ts';
import type {AxisUnit} from '../shared/quantities/axis-units.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {
  type GpuSeriesName,
  gpuSeriesNames,
  gpuSeriesUnits,
  type History,
  type HistoryPoints,
  type HistoryQuery,
  type HistorySeriesName,
  historySeriesNames,
  historySeriesUnits,
} from './history.ts';

/** A kept series as a user names it: of the node, of one GPU by its index, or of every GPU. */
export type SeriesChoice =
  | {readonly of: 'node'; readonly name: HistorySeriesName}
  | {readonly of: 'gpu'; readonly name: GpuSeriesName; readonly index: number | null};

/** Points of one series under its written name. */
export type NamedSeries = {
  readonly name: string;
  readonly unit: AxisUnit;
  /** Index of the GPU; null for series of the node. */
  readonly gpu: number | null;
  readonly points: HistoryPoints;
};

/** All series, as a user names them. */
export const seriesChoices: readonly SeriesChoice[] = [
  ...historySeriesNames.map((name): SeriesChoice => ({of: 'node', name})),
  ...gpuSeriesNames.map((name): SeriesChoice => ({of: 'gpu', name, index: null})),
];

const ofGpu = /^gpu(\d{1,3})?\.(.{1,80})$/;

/** `kvUsageRatio`, `gpu.powerDrawWatts` (every GPU), `gpu3.powerDrawWatts`; the error is a sentence that names the nearest series. */
export function parseSeriesChoice(text: string): Result<SeriesChoice, string> {
  const ofNode = historySeriesNames.find((name) => name === text);
  if (ofNode !== undefined) return ok({of: 'node', name: ofNode});
  const match = ofGpu.exec(text);
  const name = gpuSeriesNames.find((known) => known === match?.[2]);
  if (name !== undefined) return ok({of: 'gpu', name, index: match?.[1] === undefined ? null : Number(match[1])});
  const nearest = nearestName(text, seriesChoices.map(seriesText));
  return err(`"${text}" is not a kept series${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
}

/** The name of a series as a user writes it. */
export function seriesText(choice: SeriesChoice): string {
  return choice.of === 'node' ? choice.name : `gpu${choice.index ?? ''}.${choice.name}`;
}

/** What the values of a series are. */
export function seriesUnit(choice: SeriesChoice): AxisUnit {
  return choice.of === 'node' ? historySeriesUnits[choice.name] : gpuSeriesUnits[choice.name];
}

/** What to ask for so that the answer has these series. */
export function seriesQuery(choices: readonly SeriesChoice[]): Pick<HistoryQuery, 'series' | 'gpuSeries'> {
  return {
    series: [...new Set(choices.flatMap((choice) => (choice.of === 'node' ? [choice.name] : [])))],
    gpuSeries: [...new Set(choices.flatMap((choice) => (choice.of === 'gpu' ? [choice.name] : [])))],
  };
}

/** The chosen series of an answer, in the order of the choice; of every GPU in the order of their indexes. */
export function chosenSeries({series, gpus = []}: History, choices: readonly SeriesChoice[]): readonly NamedSeries[] {
  return choices.flatMap((choice): NamedSeries[] => {
    if (choice.of === 'node') {
      const {name} = choice;
      return [{name, unit: seriesUnit(choice), gpu: null, points: series[name] ?? []}];
    }
    const {name, index} = choice;
    const found = gpus.filter((gpu) => index === null || gpu.index === index);
    return found.map((gpu) => ({
      name: seriesText({...choice, index: gpu.index}),
      unit: seriesUnit(choice),
      gpu: gpu.index,
      points: gpu.series[name] ?? [],
    }));
  });
}
