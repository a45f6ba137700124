import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {z} from 'zod';
import type {ApiError} from '../api/commands.ts';
import type {History, HistorySeriesName} from '../api/history.ts';
import {launchSettingsSchema, type LaunchSettings} from '../domain/lifecycle/launch-settings.ts';
import {startPhaseSchema} from '../domain/lifecycle/phases.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {type Tier, tierFor, tiers} from './tiers.ts';

const PRUNE_EVERY_SAMPLES = 600;

const startRowSchema = z.object({run_id: z.string(), engine: z.string(), total_ms: z.number(), phases: z.string(), settings: z.string()});
const sampleRowSchema = z.object({series: z.string(), at_ms: z.number(), sum: z.number().nullable(), count: z.number()});
const phaseDurationsSchema = z.partialRecord(startPhaseSchema, z.number());

/** One finished start: how long each phase took, and with what settings. */
export type StartRecord = {
  readonly runId: string;
  readonly engineName: string;
  readonly totalMs: number;
  readonly phaseDurationsMs: z.infer<typeof phaseDurationsSchema>;
  readonly settings: LaunchSettings;
};

/** What is kept across supervisors: series in tiers, and finished starts. */
export class HistoryStore {
  /** Where a damaged file was moved to at opening; null when nothing was. */
  readonly movedAside: string | null;
  readonly #database: DatabaseSync;
  readonly #inserts: readonly (readonly [Tier, StatementSync])[];
  #samplesSincePrune = 0;

  constructor(database: DatabaseSync, movedAside: string | null) {
    this.#database = database;
    this.movedAside = movedAside;
    this.#inserts = tiers.map((tier) => [
      tier,
      database.prepare(
        `INSERT INTO ${tier.table} (series, at_ms, sum, count) VALUES (?, ?, ?, ?)
         ON CONFLICT (series, at_ms) DO UPDATE SET
           sum = CASE WHEN excluded.count = 0 THEN sum ELSE COALESCE(sum, 0) + excluded.sum END,
           count = count + excluded.count`,
      ),
    ]);
  }

  /** Adds one value a series, into every tier. Null is kept as a gap. An error leaves the history as it was. */
  recordSample(atMs: number, values: Readonly<Partial<Record<HistorySeriesName, number | null>>>): Result<null, ApiError> {
    return this.#write(() => {
      for (const [series, value] of Object.entries(values)) {
        for (const [tier, insert] of this.#inserts) {
          const slotMs = Math.floor(atMs / tier.stepMs) * tier.stepMs;
          insert.run(series, slotMs, value, value === null ? 0 : 1);
        }
      }
      this.#samplesSincePrune += 1;
      if (this.#samplesSincePrune < PRUNE_EVERY_SAMPLES) return;
      this.#samplesSincePrune = 0;
      for (const {table, keepMs} of tiers) this.#database.prepare(`DELETE FROM ${table} WHERE at_ms < ?`).run(atMs - keepMs);
    });
  }

  /** Points of these series from `sinceMs` to `untilMs` (wall clock), oldest first, at the finest step that holds them all. */
  readSeries(names: readonly HistorySeriesName[], sinceMs: number, untilMs: number): History {
    const tier = tierFor(untilMs - sinceMs);
    const select = this.#database.prepare(
      `SELECT series, at_ms, sum, count FROM ${tier.table} WHERE series = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms`,
    );
    const series: History['series'] = {};
    for (const name of names) {
      series[name] = z
        .array(sampleRowSchema)
        .parse(select.all(name, sinceMs, untilMs))
        .map(({at_ms, sum, count}) => ({atMs: at_ms, value: count === 0 || sum === null ? null : sum / count}));
    }
    return {series};
  }

  /** Keeps a finished start. */
  recordStart(start: StartRecord): Result<null, ApiError> {
    return this.#write(() => {
      this.#database
        .prepare('INSERT OR REPLACE INTO starts (run_id, engine, total_ms, phases, settings) VALUES (?, ?, ?, ?, ?)')
        .run(start.runId, start.engineName, start.totalMs, JSON.stringify(start.phaseDurationsMs), JSON.stringify(start.settings));
    });
  }

  /** The newest finished starts, newest first. */
  readStarts(limit: number): readonly StartRecord[] {
    const rows = this.#database.prepare('SELECT * FROM starts ORDER BY run_id DESC LIMIT ?').all(limit);
    return z.array(startRowSchema).parse(rows).map((row) => ({
      runId: row.run_id,
      engineName: row.engine,
      totalMs: row.total_ms,
      phaseDurationsMs: phaseDurationsSchema.parse(JSON.parse(row.phases)),
      settings: launchSettingsSchema.parse(JSON.parse(row.settings)),
    }));
  }

  close(): void {
    this.#database.close();
  }

  #write(change: () => void): Result<null, ApiError> {
    try {
      this.#database.exec('BEGIN');
      change();
      this.#database.exec('COMMIT');
      return ok(null);
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return err({
        code: 'history.not-written',
        message: `The history could not be written: ${error instanceof Error ? error.message : String(error)}.`,
        remedy: 'Make room on the disk of the data directory; history goes on by itself then.',
      });
    }
  }
}
