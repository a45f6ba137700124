import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {z} from 'zod';
import {type HistorySeriesName, historySeriesNames} from '../api/history.ts';
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

/** The series tables, one per tier; every sample is written to all of them. */
export class SeriesTables {
  readonly #database: DatabaseSync;
  readonly #inserts: readonly {readonly tier: Tier; readonly statement: StatementSync}[];
  #newestAtMs: number;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#inserts = tiers.map((tier) => ({
      tier,
      statement: database.prepare(
        `INSERT INTO ${tier.table} (series, at_ms, sum, count) VALUES (?, ?, ?, ?)
         ON CONFLICT (series, at_ms) DO UPDATE SET sum = sum + excluded.sum, count = count + excluded.count`,
      ),
    }));
    this.#newestAtMs = newestIn(database);
  }

  /** Adds samples; the caller owns the transaction. */
  insert(samples: readonly Sample[]): void {
    for (const {atMs, values} of samples) {
      for (const name of historySeriesNames) {
        const value = values[name];
        if (value === undefined) continue;
        const isKnown = value !== null && Number.isFinite(value);
        for (const {tier, statement} of this.#inserts) {
          statement.run(name, slotOf(atMs, tier.stepMs), isKnown ? value : 0, isKnown ? 1 : 0);
        }
      }
      this.#newestAtMs = Math.max(this.#newestAtMs, atMs);
    }
  }

  /** Deletes points older than each tier's retention. */
  prune(nowMs: number): void {
    for (const {table, keepMs} of tiers) {
      const statement = this.#database.prepare(`DELETE FROM ${table} WHERE series = ? AND at_ms < ?`);
      for (const name of historySeriesNames) statement.run(name, nowMs - keepMs);
    }
  }

  /** Points from `sinceMs` to `untilMs`, oldest first, at the finest stored resolution; null where a gap starts. */
  read(name: HistorySeriesName, sinceMs: number, untilMs: number): Point[] {
    const tier = tierFor(Math.max(this.#newestAtMs, untilMs) - sinceMs);
    const windowMs = Math.max(0, Math.min(untilMs, this.#newestAtMs) - sinceMs);
    const stepMs = tier.stepMs * Math.max(1, Math.ceil(windowMs / tier.stepMs / MAX_POINTS));
    const rows = this.#database
      .prepare(
        `SELECT at_ms / CAST(? AS INTEGER) * CAST(? AS INTEGER) AS slotMs, COALESCE(SUM(sum), 0) AS sum, SUM(count) AS count
         FROM ${tier.table} WHERE series = ? AND at_ms BETWEEN ? AND ? GROUP BY 1 ORDER BY 1`,
      )
      .all(stepMs, stepMs, name, sinceMs, untilMs);
    return withGaps(z.array(rowSchema).parse(rows).map(toPoint), stepMs);
  }
}

/** Series that this version does not know remain in the file for the version that does. */
function newestIn(database: DatabaseSync): number {
  const statement = database.prepare(`SELECT MAX(at_ms) AS newest FROM ${tiers[2].table} WHERE series = ?`);
  const newest = historySeriesNames.map((name) => Number(statement.get(name)?.['newest'] ?? 0));
  return Math.max(0, ...newest);
}

function slotOf(atMs: number, stepMs: number): number {
  return Math.floor(atMs / stepMs) * stepMs;
}

function toPoint({slotMs, sum, count}: z.infer<typeof rowSchema>): Point {
  return {atMs: slotMs, value: count === 0 ? null : sum / count};
}

function withGaps(points: readonly Point[], stepMs: number): Point[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    const isGap = before !== undefined && point.atMs - before.atMs > (MAX_MISSING_STEPS + 1) * stepMs;
    return isGap ? [{atMs: before.atMs + stepMs, value: null}, point] : [point];
  });
}
