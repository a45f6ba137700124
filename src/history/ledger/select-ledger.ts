import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import {
  type LedgerClock,
  type LedgerRun,
  ledgerClockSchema,
  ledgerRunSchema,
  priceDocumentSchema,
  tokenTotalsSchema,
} from '../../domain/cost/ledger/entries.ts';
import type {PriceEpoch, RunSettings} from '../../domain/cost/ledger/kept-entries.ts';
import {jsonText} from '../json-text.ts';
import {prepared} from '../prepared.ts';

const flag = z.number().transform((value) => value !== 0);
const runRowSchema = z.object({
  runId: z.string(),
  engine: z.string(),
  model: z.string(),
  settings: z.string(),
  settingsDigest: z.string(),
  isWholeRun: flag,
  isCachedKnown: flag,
});
const bookedRowSchema = runRowSchema.extend({booked: jsonText.pipe(tokenTotalsSchema)}).pipe(ledgerRunSchema);
const epochRowsSchema = z.array(z.object({id: z.int(), sinceMs: z.int(), prices: jsonText.pipe(priceDocumentSchema)}));

const runSettingsSchema = runRowSchema.omit({isWholeRun: true});

const RUN_COLUMNS =
  'run_id AS runId, engine, model, settings, digest AS settingsDigest, whole AS isWholeRun, cached_known AS isCachedKnown';

/** Until when the time of the node is booked; null before the first booking. */
export function selectClock(database: DatabaseSync): LedgerClock | null {
  const sql =
    'SELECT since_ms AS coveredSinceMs, covered_ms AS coveredUntilMs, boot_id AS bootId, uptime_ms AS uptimeMs FROM ledger_clock';
  return ledgerClockSchema.optional().parse(prepared(database, sql).get()) ?? null;
}

/** A run with what of it is booked; null for one that was never booked. */
export function selectRun(database: DatabaseSync, runId: string): LedgerRun | null {
  const sql = `SELECT ${RUN_COLUMNS}, totals AS booked FROM ledger_runs WHERE run_id = ?`;
  return bookedRowSchema.optional().parse(prepared(database, sql).get(runId)) ?? null;
}

/** All prices that were in force, the earliest first. */
export function selectEpochs(database: DatabaseSync): PriceEpoch[] {
  const sql = 'SELECT id, since_ms AS sinceMs, document AS prices FROM price_epochs ORDER BY id';
  return epochRowsSchema.parse(prepared(database, sql).all());
}

/** What the engine of a run was started as, by its number in the tables. Throws where the ledger has no such run. */
export type RunOfNumber = (run: number) => RunSettings;

/** Reads each run once. */
export function runsByNumber(database: DatabaseSync): RunOfNumber {
  const known = new Map<number, RunSettings>();
  const statement = prepared(database, `SELECT ${RUN_COLUMNS} FROM ledger_runs WHERE run = ?`);
  return (run) => {
    const settings = known.get(run) ?? runSettingsSchema.parse(statement.get(run));
    known.set(run, settings);
    return settings;
  };
}
