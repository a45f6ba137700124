import type {DatabaseSync} from 'node:sqlite';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {prepared} from '../prepared.ts';
import type {BoundsBook} from './bounds-book.ts';
import {writeGrowth} from './growth-blob.ts';
import {type GrowthPart, mergedParts, partsIn} from './growth-parts.ts';

/** Between two pages of metrics that are read one after the other there is at most this time; anything longer is a gap. */
export const LONGEST_READ_MS = 20 * MS_PER_SECOND;

/** What histograms grew by between two pages of metrics between which none was read; epoch ms. */
export type Gap = {readonly fromMs: number; readonly toMs: number; readonly parts: readonly GrowthPart[]};

/** The same as it is kept. */
export type GapRow = Pick<Gap, 'fromMs' | 'toMs'> & {readonly growth: Uint8Array};

/** Statement that creates the table: `step_ms` is the length of the intervals of which no single one has the growth. */
export const gapStatement = `CREATE TABLE IF NOT EXISTS histogram_gaps (
  step_ms INTEGER, to_ms INTEGER, from_ms INTEGER, growth BLOB NOT NULL, PRIMARY KEY (step_ms, to_ms, from_ms)) WITHOUT ROWID;`;

/** Adds a gap that is in no interval of this length; the caller owns the transaction. */
export function insertGap(database: DatabaseSync, book: BoundsBook, stepMs: number, {fromMs, toMs, parts}: Gap): void {
  const key = [stepMs, toMs, fromMs];
  const sql = 'SELECT growth FROM histogram_gaps WHERE step_ms = ? AND to_ms = ? AND from_ms = ?';
  const found = prepared(database, sql).get(...key)?.['growth'];
  const before = found instanceof Uint8Array ? partsIn(found, book) : [];
  prepared(database, 'INSERT OR REPLACE INTO histogram_gaps (step_ms, to_ms, from_ms, growth) VALUES (?, ?, ?, ?)').run(
    ...key,
    writeGrowth(mergedParts(before, parts)),
  );
}

/** Those that have a part of a time, in the order of their ends. */
export function selectGaps(database: DatabaseSync, stepMs: number, sinceMs: number, untilMs: number): GapRow[] {
  const rows = prepared(
    database,
    `SELECT from_ms AS fromMs, to_ms AS toMs, growth FROM histogram_gaps
       WHERE step_ms = ? AND to_ms >= ? AND from_ms <= ? ORDER BY to_ms`,
  ).all(stepMs, Math.floor(sinceMs), Math.ceil(untilMs));
  return rows.flatMap(({fromMs, toMs, growth}) =>
    typeof fromMs === 'number' && typeof toMs === 'number' && growth instanceof Uint8Array
      ? [{fromMs, toMs, growth}]
      : [],
  );
}

/** Deletes those that ended before a time. */
export function deleteGaps(database: DatabaseSync, stepMs: number, beforeMs: number): void {
  prepared(database, 'DELETE FROM histogram_gaps WHERE step_ms = ? AND to_ms < ?').run(stepMs, beforeMs);
}
