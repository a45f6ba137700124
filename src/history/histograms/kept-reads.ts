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
