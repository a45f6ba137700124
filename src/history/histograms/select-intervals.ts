import type {DatabaseSync} from 'node:sqlite';
import {columnsIn} from '../columns-in.ts';
import {inPages} from '../pages.ts';
import {prepared} from '../prepared.ts';
import type {Steps} from '../steps.ts';
import type {BoundsBook} from './bounds-book.ts';
import {type GapRow, selectGaps} from './gap-table.ts';
import {writeGrowth} from './growth-blob.ts';
import {mergedParts, partsIn} from './growth-parts.ts';
import {histogramTierFor} from './histogram-tiers.ts';
import {nothingPlaced, type WaitingGrowth} from './waiting-growth.ts';

/** How many intervals are read without a pause: about a millisecond. */
const PAGE_INTERVALS = 400;

/** From when to when, epoch ms; `newestAtMs` is the time of the newest sample, from which ages are counted. */
export type HistogramTime = {readonly sinceMs: number; readonly untilMs: number; readonly newestAtMs: number};

/** The growth of histograms in each interval of a time that has some, oldest first. */
export type KeptIntervals = {
  readonly time: HistogramTime;
  /** Length of an interval, ms. */
  readonly stepMs: number;
  readonly book: BoundsBook;
  readonly rows: readonly {readonly atMs: number; readonly growth: Uint8Array}[];
  /** Growth that is of no single interval, where some of its time is of this one. */
  readonly gaps: readonly GapRow[];
};

/** The intervals that begin in a time, and gaps; `waiting` is what is not written yet, null for a file that others write. */
export function* selectIntervals(
  database: DatabaseSync,
  book: BoundsBook,
  time: HistogramTime,
  waiting: WaitingGrowth | null,
): Steps<KeptIntervals> {
  const {sinceMs, untilMs, newestAtMs} = time;
  const {table, stepMs} = histogramTierFor(untilMs - sinceMs, Math.max(newestAtMs, untilMs) - sinceMs);
  const sql = `SELECT at_ms AS atMs, growth FROM ${table} WHERE at_ms BETWEEN ? AND ? ORDER BY at_ms`;
  const statement = prepared(database, sql);
  const placed = waiting?.placed(stepMs) ?? nothingPlaced;
  const unwritten = [...placed.slots].filter(([atMs]) => atMs >= sinceMs && atMs <= untilMs);
  // One of an earlier version has none.
  const hasGaps = waiting !== null || columnsIn(database, 'histogram_gaps').size > 0;
  const gaps = [
    ...(hasGaps ? selectGaps(database, stepMs, sinceMs, untilMs) : []),
    ...placed.gaps.flatMap(({fromMs, toMs, parts}) =>
      toMs < sinceMs || fromMs > untilMs ? [] : [{fromMs, toMs, growth: writeGrowth(parts)}],
    ),
  ];
  const written = yield* inPages({
    ...{sinceMs, untilMs, slotMs: stepMs, pageMs: stepMs * PAGE_INTERVALS},
    changingSinceMs: unwritten.reduce((oldest, [atMs]) => Math.min(oldest, atMs), untilMs),
    read: (fromMs, toMs) =>
      // Thousands of rows: a schema takes longer than the rest.
      statement
        .all(fromMs, toMs)
        .flatMap(({atMs, growth}) =>
          typeof atMs === 'number' && growth instanceof Uint8Array ? [{atMs, growth}] : [],
        ),
  });
  if (unwritten.length === 0) return {time, stepMs, book, rows: written, gaps};
  const bySlot = new Map<number, Uint8Array>(written.map(({atMs, growth}) => [atMs, growth]));
  for (const [atMs, parts] of unwritten) {
    const before = bySlot.get(atMs);
    bySlot.set(atMs, writeGrowth(mergedParts(before === undefined ? [] : partsIn(before, book), parts)));
  }
  const rows = [...bySlot].map(([atMs, growth]) => ({atMs, growth})).sort((a, b) => a.atMs - b.atMs);
  return {time, stepMs, book, rows, gaps};
}

/** Since when growth is kept in the file; null for never. */
export function selectStart(database: DatabaseSync): number | null {
  const row = prepared(database, 'SELECT at_ms AS atMs FROM histogram_start').get();
  return row === undefined ? null : Number(row['atMs']);
}
