import {MAX_HISTORY_MS} from '../../api/history.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND} from '../../shared/units.ts';
import {type SeriesGroup, type Tier, tierFor} from '../series/tiers.ts';
import {gapStatement} from './gap-table.ts';
import {readTimesStatement} from './kept-reads.ts';

/** Intervals of histograms: ten seconds for a day, five minutes and an hour for thirty days. */
export const histogramTiers: SeriesGroup<never>['tiers'] = [
  {table: 'histograms_10s', stepMs: 10 * MS_PER_SECOND, keepMs: MS_PER_DAY},
  {table: 'histograms_300s', stepMs: 5 * MS_PER_MINUTE, keepMs: MAX_HISTORY_MS},
  {table: 'histograms_3600s', stepMs: MS_PER_HOUR, keepMs: MAX_HISTORY_MS},
];

/** Most intervals of a window: six hours of ten seconds, a week of five minutes. Each is decoded for every answer. */
const MOST_INTERVALS = 2_160;

/** The finest tier that still has all of a window, in few enough intervals. */
export function histogramTierFor(windowMs: number, ageMs: number): Tier {
  const fit = histogramTiers.filter(({stepMs}) => windowMs <= stepMs * MOST_INTERVALS);
  const [finest = histogramTiers[0], ...others] = fit;
  return tierFor({tiers: [finest, ...others]}, ageMs);
}

/** Statements that create the tables of histograms. */
export const histogramStatements = `
  ${histogramTiers
    .map(({table}) => `CREATE TABLE IF NOT EXISTS ${table} (at_ms INTEGER PRIMARY KEY, growth BLOB NOT NULL);`)
    .join('\n')}
  CREATE TABLE IF NOT EXISTS histogram_bounds (id INTEGER PRIMARY KEY, bounds TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS histogram_reads (run_id TEXT PRIMARY KEY, start_seconds REAL, reads BLOB NOT NULL);
  ${gapStatement}
  ${readTimesStatement}
  CREATE TABLE IF NOT EXISTS histogram_start (id INTEGER PRIMARY KEY CHECK (id = 0), at_ms INTEGER NOT NULL);
`;
