/** One resolution of the kept series. */
export type Tier = {readonly table: string; readonly stepMs: number; readonly keepMs: number};

const HOUR_MS = 3_600_000;

/** Finest first: a second for an hour, ten seconds for a day, a minute for thirty days. */
export const tiers: readonly [Tier, Tier, Tier] = [
  {table: 'samples_1s', stepMs: 1_000, keepMs: HOUR_MS},
  {table: 'samples_10s', stepMs: 10_000, keepMs: 24 * HOUR_MS},
  {table: 'samples_60s', stepMs: 60_000, keepMs: 30 * 24 * HOUR_MS},
];

/** The finest tier that still holds everything since `windowMs` ago. */
export function tierFor(windowMs: number): Tier {
  return tiers.find((tier) => windowMs <= tier.keepMs) ?? tiers[2];
}
