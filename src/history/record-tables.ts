import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import {type KeptMemory, keptMemorySchema} from '../domain/diagnosis/serving/kept-memory.ts';
import {startPhaseSchema} from '../domain/lifecycle/phases.ts';
import type {PhaseDurations} from '../domain/lifecycle/start-progress.ts';
import {type PlanOutcome, planOutcomeSchema} from '../domain/memory/plan/plan-outcome.ts';
import {type LaunchSettings, launchSettingsSchema} from '../domain/settings/launch-settings.ts';
import {jsonText} from './json-text.ts';
import {prepared} from './prepared.ts';

/** A successful start: how long each phase took, and with which settings. */
export type StartRecord = {
  readonly runId: string;
  readonly engineName: string;
  readonly phaseDurationsMs: PhaseDurations;
  readonly totalMs: number;
  readonly settings: LaunchSettings;
};

const OUTCOMES_KEPT = 1_000;
const STARTS_KEPT = 1_000;
const RUNS_KEPT = 100;

const startRowsSchema = z.array(
  z.object({runId: z.string(), engineName: z.string(), totalMs: z.number(), phases: z.string(), settings: z.string()}),
);
/** Adds a start; a second record of the same run replaces the first. */
export function insertStart(database: DatabaseSync, start: StartRecord): void {
  prepared(
    database,
    'INSERT OR REPLACE INTO starts (run_id, engine, total_ms, phases, settings) VALUES (?, ?, ?, ?, ?)',
  ).run(
    start.runId,
    start.engineName,
    start.totalMs,
    JSON.stringify(start.phaseDurationsMs),
    JSON.stringify(start.settings),
  );
  prepared(
    database,
    'DELETE FROM starts WHERE rowid NOT IN (SELECT rowid FROM starts ORDER BY rowid DESC LIMIT ?)',
  ).run(STARTS_KEPT);
}

/** The newest starts, newest first. Starts whose settings this version cannot read are skipped. */
export function selectStarts(database: DatabaseSync, limit: number): StartRecord[] {
  const sql =
    'SELECT run_id AS runId, engine AS engineName, total_ms AS totalMs, phases, settings FROM starts ORDER BY rowid DESC LIMIT ?';
  return startRowsSchema.parse(prepared(database, sql).all(limit)).flatMap(({phases, settings, ...row}) => {
    const record = startDocumentSchema.safeParse({phases, settings});
    return record.success ? [{...row, phaseDurationsMs: record.data.phases, settings: record.data.settings}] : [];
  });
}

/** Adds a plan outcome; a second record of the same run replaces the first. */
export function insertOutcome(database: DatabaseSync, outcome: PlanOutcome): void {
  prepared(database, 'INSERT OR REPLACE INTO plan_outcomes (run_id, at_ms, outcome) VALUES (?, ?, ?)').run(
    outcome.runId,
    outcome.atMs,
    JSON.stringify(outcome),
  );
  prepared(
    database,
    'DELETE FROM plan_outcomes WHERE rowid NOT IN (SELECT rowid FROM plan_outcomes ORDER BY rowid DESC LIMIT ?)',
  ).run(OUTCOMES_KEPT);
}

/** The newest outcomes of plans, newest first. Outcomes that this version cannot read are skipped. */
export function selectOutcomes(database: DatabaseSync, limit: number): PlanOutcome[] {
  const rows = z
    .array(z.object({outcome: z.string()}))
    .parse(prepared(database, 'SELECT outcome FROM plan_outcomes ORDER BY rowid DESC LIMIT ?').all(limit));
  return rows.flatMap(({outcome}) => {
    const record = jsonText.pipe(planOutcomeSchema).safeParse(outcome);
    return record.success ? [record.data] : [];
  });
}

const startDocumentSchema = z.object({
  phases: jsonText.pipe(z.partialRecord(startPhaseSchema, z.number())),
  settings: jsonText.pipe(launchSettingsSchema),
});

/** Stores what is remembered of a run's memory; a later one of the same run replaces it. */
export function putRunMemory(database: DatabaseSync, runId: string, memory: KeptMemory): void {
  putOfRun(database, runMemory, runId, memory);
}

/** What is remembered of a run's memory; null if there is nothing, or nothing that this version can read. */
export function selectRunMemory(database: DatabaseSync, runId: string): KeptMemory | null {
  return keptMemorySchema.safeParse(selectOfRun(database, runMemory, runId)).data ?? null;
}

/** A table with one document per run. */
type RunTable = {readonly table: string; readonly column: string};
const runMemory: RunTable = {table: 'run_memory', column: 'memory'};

function putOfRun(database: DatabaseSync, {table, column}: RunTable, runId: string, document: object): void {
  prepared(
    database,
    `INSERT INTO ${table} (run_id, ${column}) VALUES (?, ?)
       ON CONFLICT (run_id) DO UPDATE SET ${column} = excluded.${column}`,
  ).run(runId, JSON.stringify(document));
  prepared(
    database,
    `DELETE FROM ${table} WHERE rowid NOT IN (SELECT rowid FROM ${table} ORDER BY rowid DESC LIMIT ?)`,
  ).run(RUNS_KEPT);
}

function selectOfRun(database: DatabaseSync, {table, column}: RunTable, runId: string): unknown {
  const row = z
    .object({document: z.string()})
    .optional()
    .parse(prepared(database, `SELECT ${column} AS document FROM ${table} WHERE run_id = ?`).get(runId));
  return jsonText.safeParse(row?.document).data;
}
