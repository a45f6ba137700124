import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {z} from 'zod';
import {type HistorySeriesName, historySeriesNames} from '../api/history.ts';
import {prepared} from './prepared.ts';
import {type Tier, tierFor, tiers} from './tiers.ts';

/** The values at one time; null if unknown. */
export type Sample = {
  readonly atMs: number;
  readonly values: Partial<Readonly<Record<HistorySeriesName, number | null>>>;
};

type Point = {readonly atMs: number; readonly value: number | null};

/** Most points of one series in one answer; a longer window gets coarser ones. */
const MAX_POINTS = 4_000;
/** Steps without a point that count as a gap, so that no line is drawn through missing data. */
const MAX_MISSING_STEPS = 2;

const rowSchema = z.object({slotMs: z.number(), sum: z.number(), count: z.number()});
type Row = z.infer<typeof rowSchema>;

/** The two columns of a series. Sum and count, not the mean: a coarser row grows with each sample that falls into it. */
export function columnsOf(name: string): {readonly sum: string; readonly count: string} {
  return {sum: `${name}_sum`, count: `${name}_count`};
}

/**
 * The series tables, one per tier; every sample is written to all of them. A row has all series of its time: rows that
 * are written together stand on the same pages, so that a minute of samples changes few of them.
 */
export class SeriesTables {
  readonly #database: DatabaseSync;
  readonly #inserts: readonly {readonly tier: Tier; readonly statement: StatementSync}[];
  #newestAtMs: number;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#inserts = tiers.map((tier) => ({tier, statement: database.prepare(upsertOf(tier))}));
    this.#newestAtMs = Number(
      database.prepare(`SELECT MAX(at_ms) AS newest FROM ${tiers[2].table}`).get()?.['newest'] ?? 0,
    );
  }

  /** Adds samples; the caller owns the transaction. */
  insert(samples: readonly Sample[]): void {
    for (const {atMs, values} of samples) {
      const cells = historySeriesNames.flatMap((name) => cellsOf(values[name]));
      if (cells.every((cell) => cell === null)) continue;
      for (const {tier, statement} of this.#inserts) statement.run(slotOf(atMs, tier.stepMs), ...cells);
      this.#newestAtMs = Math.max(this.#newestAtMs, atMs);
    }
  }

  /** Deletes points older than each tier's retention. */
  prune(nowMs: number): void {
    for (const {table, keepMs} of tiers)
      prepared(this.#database, `DELETE FROM ${table} WHERE at_ms < ?`).run(nowMs - keepMs);
  }

  /**
   * Points from `sinceMs` to `untilMs`, oldest first, at the finest stored resolution; null where a gap starts. `waiting`
   * are the samples that are not inserted yet.
   */
  read(name: HistorySeriesName, sinceMs: number, untilMs: number, waiting: readonly Sample[]): Point[] {
    const newestAtMs = waiting.reduce((newest, {atMs}) => Math.max(newest, atMs), this.#newestAtMs);
    const tier = tierFor(Math.max(newestAtMs, untilMs) - sinceMs);
    const windowMs = Math.max(0, Math.min(untilMs, newestAtMs) - sinceMs);
    const stepMs = tier.stepMs * Math.max(1, Math.ceil(windowMs / tier.stepMs / MAX_POINTS));
    const {sum, count} = columnsOf(name);
    const rows = prepared(
      this.#database,
      `SELECT at_ms / CAST(? AS INTEGER) * CAST(? AS INTEGER) AS slotMs, COALESCE(SUM(${sum}), 0) AS sum, SUM(${count}) AS count
         FROM ${tier.table} WHERE ${count} IS NOT NULL AND at_ms BETWEEN ? AND ? GROUP BY 1 ORDER BY 1`,
    ).all(stepMs, stepMs, sinceMs, untilMs);
    const unwritten = waiting.flatMap(({atMs, values}): Row[] => {
      const value = values[name];
      const rowAtMs = slotOf(atMs, tier.stepMs);
      if (value === undefined || rowAtMs < sinceMs || rowAtMs > untilMs) return [];
      const [ofSum, ofCount] = cellsOf(value);
      return [{slotMs: slotOf(rowAtMs, stepMs), sum: ofSum ?? 0, count: ofCount ?? 0}];
    });
    return withGaps(added(z.array(rowSchema).parse(rows), unwritten).map(toPoint), stepMs);
  }
}

function upsertOf({table}: Tier): string {
  const columns = historySeriesNames.flatMap((name) => Object.values(columnsOf(name)));
  // A sum with NULL is NULL: one of the two may be unknown.
  const grown = columns.map(
    (column) => `${column} = COALESCE(${column} + excluded.${column}, ${column}, excluded.${column})`,
  );
  return `INSERT INTO ${table} (at_ms, ${columns.join(', ')}) VALUES (?${', ?'.repeat(columns.length)})
    ON CONFLICT (at_ms) DO UPDATE SET ${grown.join(', ')}`;
}

/** Sum and count of one value: NULL for a series without a value, a count of 0 for an unknown one. */
function cellsOf(value: number | null | undefined): readonly [sum: number | null, count: number | null] {
  if (value === undefined) return [null, null];
  return value !== null && Number.isFinite(value) ? [value, 1] : [0, 0];
}

/** Rows in the order of their time, those of the same slot added. */
function added(rows: readonly Row[], more: readonly Row[]): readonly Row[] {
  if (more.length === 0) return rows;
  const bySlot = new Map<number, Row>();
  for (const row of [...rows, ...more]) {
    const {slotMs, sum, count} = row;
    const known = bySlot.get(slotMs);
    bySlot.set(slotMs, known === undefined ? row : {slotMs, sum: known.sum + sum, count: known.count + count});
  }
  return [...bySlot.values()].sort((a, b) => a.slotMs - b.slotMs);
}

function slotOf(atMs: number, stepMs: number): number {
  return Math.floor(atMs / stepMs) * stepMs;
}

function toPoint({slotMs, sum, count}: Row): Point {
  return {atMs: slotMs, value: count === 0 ? null : sum / count};
}

function withGaps(points: readonly Point[], stepMs: number): Point[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    const isGap = before !== undefined && point.atMs - before.atMs > (MAX_MISSING_STEPS + 1) * stepMs;
    return isGap ? [{atMs: before.atMs + stepMs, value: null}, point] : [point];
  });
}
