import {MS_PER_HOUR} from '../shared/units.ts';

/** One resolution of the kept series. */
export type Tier = {readonly table: string; readonly stepMs: number; readonly keepMs: number};

/** Finest first: a second for an hour, ten seconds for a day, a minute for thirty days. */
export const tiers: readonly [Tier, Tier, Tier] = [
  {table: 'series_1s', stepMs: 1_000, keepMs: MS_PER_HOUR},
  {table: 'series_10s', stepMs: 10_000, keepMs: 24 * MS_PER_HOUR},
  {table: 'series_60s', stepMs: 60_000, keepMs: 30 * 24 * MS_PER_HOUR},
];

/** The finest tier that still has data of this age. */
export function tierFor(ageMs: number): Tier {
  return tiers.find((tier) => ageMs <= tier.keepMs) ?? tiers[2];
}
