import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import {type GrowthTrack, type Histograms, unreadTrack} from '../../domain/traffic/distributions/growth-track.ts';
import {type HistogramName, histogramNames} from '../../domain/traffic/distributions/histogram-names.ts';
import {mergedHistogram} from '../../domain/traffic/distributions/merge-counts.ts';
import {prepared} from '../prepared.ts';
import type {BoundsBook} from './bounds-book.ts';
import {writeGrowth} from './growth-blob.ts';
import {partsIn, partsOf} from './growth-parts.ts';

const RUNS_KEPT = 100;

const rowSchema = z.object({startSeconds: z.number().nullable(), reads: z.instanceof(Uint8Array)}).optional();

/** Stores the histograms of a run as read last; the newest hundred runs have them. */
export function putReads(
  database: DatabaseSync,
  book: BoundsBook,
  runId: string,
  {processStartSeconds, reads}: GrowthTrack,
): void {
  prepared(
    database,
    `INSERT INTO histogram_reads (run_id, start_seconds, reads) VALUES (?, ?, ?)
       ON CONFLICT (run_id) DO UPDATE SET start_seconds = excluded.start_seconds, reads = excluded.reads`,
  ).run(runId, processStartSeconds, writeGrowth(partsOf(reads, book)));
  prepared(
    database,
    'DELETE FROM histogram_reads WHERE rowid NOT IN (SELECT rowid FROM histogram_reads ORDER BY rowid DESC LIMIT ?)',
  ).run(RUNS_KEPT);
}

/** Where the growth of a run's histograms is counted from; nothing was read of an unknown run. */
export function selectReads(database: DatabaseSync, book: BoundsBook, runId: string): GrowthTrack {
  const sql = 'SELECT start_seconds AS startSeconds, reads FROM histogram_reads WHERE run_id = ?';
  const row = rowSchema.parse(prepared(database, sql).get(runId));
  if (row === undefined) return unreadTrack;
  const reads: {-readonly [Name in HistogramName]?: Histograms[Name]} = {};
  for (const {histogram, bounds, counts, sum} of partsIn(row.reads, book)) {
    const name = histogramNames[histogram];
    if (name !== undefined) reads[name] = mergedHistogram([{bounds: book.bounds(bounds) ?? [], counts, sum}]);
  }
  return {processStartSeconds: row.startSeconds, reads, clients: {}};
}

/** Statement that creates the table of when each run was read last: every minute this row is written, and not all of a run's histograms. */
export const readTimesStatement =
  'CREATE TABLE IF NOT EXISTS histogram_read_times (run_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL);';

/** Keeps when the histograms of a run were read last, epoch ms. */
export function putReadTime(database: DatabaseSync, runId: string, atMs: number): void {
  prepared(
    database,
    'INSERT INTO histogram_read_times (run_id, at_ms) VALUES (?, ?) ON CONFLICT (run_id) DO UPDATE SET at_ms = excluded.at_ms',
  ).run(runId, atMs);
  prepared(
    database,
    'DELETE FROM histogram_read_times WHERE rowid NOT IN (SELECT rowid FROM histogram_read_times ORDER BY rowid DESC LIMIT ?)',
  ).run(RUNS_KEPT);
}

/** When the histograms of a run were read last, epoch ms; null for unknown. */
export function selectReadTime(database: DatabaseSync, runId: string): number | null {
  const found = prepared(database, 'SELECT at_ms AS atMs FROM histogram_read_times WHERE run_id = ?').get(runId);
  return typeof found?.['atMs'] === 'number' ? found['atMs'] : null;
}

/**
 * Of a file of version 12, when its newest run was read last: its samples were written together with its histograms, until then.
 * The caller owns the transaction.
 */
export function fillReadTimes(database: DatabaseSync): void {
  database.exec(`INSERT INTO histogram_read_times (run_id, at_ms)
    SELECT run_id, (SELECT MAX(at_ms) FROM series_10s) FROM histogram_reads
      WHERE EXISTS (SELECT 1 FROM series_10s) ORDER BY rowid DESC LIMIT 1`);
}
