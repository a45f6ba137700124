import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import {
  type LedgerClock,
  type LedgerRun,
  ledgerClockSchema,
  ledgerRunSchema,
  nodeStates,
  priceDocumentSchema,
  type TokenCounts,
  tokenSources,
  tokenTotalsSchema,
} from '../../domain/cost/ledger/entries.ts';
import {
  EARLIER_RUN,
  type KeptMinuteTokens,
  type KeptTime,
  type KeptTokens,
  type LedgerHours,
  type LedgerMinutes,
  type LedgerSums,
  type LegacyHour,
  type PriceEpoch,
  type RunSettings,
} from '../../domain/cost/ledger/kept-entries.ts';
import {slotOf} from '../../shared/quantities/moments.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../shared/units.ts';
import {jsonText} from '../json-text.ts';
import {prepared} from '../prepared.ts';
import type {Steps} from '../steps.ts';

/** So much is read in one step. */
const STEP_MS = 48 * MS_PER_HOUR;
const MINUTES_STEP_MS = MS_PER_HOUR;
/** Sums are added up by SQLite: of more rows at a time. */
const SUM_STEP_MS = 8 * STEP_MS;

const flag = z.number().transform((value) => value !== 0);
const tokenColumns = {
  epoch: z.int(),
  source: z.enum(tokenSources),
  isGap: flag,
  input: z.int(),
  cached: z.int(),
  output: z.int(),
};
const tokenRowsSchema = z.array(z.object({atMs: z.int(), runId: z.string(), ...tokenColumns}).transform(withTokens));
const minuteRowsSchema = z.array(z.object({atMs: z.int(), ...tokenColumns}).transform(withTokens));
const timeRowsSchema = z.array(
  z.object({
    atMs: z.int(),
    epoch: z.int(),
    state: z.enum(nodeStates),
    isGap: flag,
    ms: z.int(),
    milliwattMs: z.int(),
  }),
);
const legacyRowsSchema = z.array(z.object({hourAtMs: z.int(), nodeMicroUsd: z.int(), apiMicroUsd: z.int()}));
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
const tokenSumsSchema = z.array(z.object(tokenColumns).omit({isGap: true}).transform(withTokens));
const timeSumsSchema = z.array(
  z.object({
    epoch: z.int(),
    state: z.enum(nodeStates),
    isGap: flag,
    ms: z.int(),
    // The text of it: more than a number holds.
    milliwattMs: z.string().transform(BigInt),
  }),
);

function withTokens<T extends TokenCounts>({
  input,
  cached,
  output,
  ...rest
}: T): Omit<T, keyof TokenCounts> & {
  readonly tokens: TokenCounts;
} {
  return {...rest, tokens: {input, cached, output}};
}

const RUN_COLUMNS =
  'run_id AS runId, engine, model, settings, digest AS settingsDigest, whole AS isWholeRun, cached_known AS isCachedKnown';
const TOKEN_COLUMNS = 'epoch, source, is_gap AS isGap, input, cached, output';
const TIME_COLUMNS = 'epoch, state, is_gap AS isGap, ms, mw_ms AS milliwattMs';

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

/** The hours that begin from the hour of `sinceMs` on and before `untilMs`, oldest first, some days in each step. */
export function* hourParts(database: DatabaseSync, sinceMs: number, untilMs: number): Generator<LedgerHours> {
  let next = nextHour(database, slotOf(sinceMs, MS_PER_HOUR), untilMs);
  while (next !== null) {
    const fromMs: number = next;
    const toMs = Math.min(untilMs, fromMs + STEP_MS);
    const tokens: KeptTokens[] = tokenRowsSchema.parse(prepared(database, HOUR_TOKENS).all(fromMs, toMs));
    const times: KeptTime[] = timeRowsSchema.parse(prepared(database, HOUR_TIMES).all(fromMs, toMs));
    const legacy: LegacyHour[] = legacyRowsSchema.parse(prepared(database, LEGACY_HOURS).all(fromMs, toMs));
    yield {tokens, times, legacy, runs: selectRunSettings(database, new Set(tokens.map(({runId}) => runId)))};
    next = nextHour(database, toMs, untilMs);
  }
}

/** The minutes from the one of `sinceMs` on and before `untilMs`, oldest first. */
export function* minuteSteps(database: DatabaseSync, sinceMs: number, untilMs: number): Steps<LedgerMinutes> {
  const tokens: KeptMinuteTokens[] = [];
  const times: KeptTime[] = [];
  let next = nextMinute(database, slotOf(sinceMs, MS_PER_MINUTE), untilMs);
  while (next !== null) {
    const fromMs: number = next;
    const toMs = Math.min(untilMs, fromMs + MINUTES_STEP_MS);
    tokens.push(...minuteRowsSchema.parse(prepared(database, MINUTE_TOKENS).all(fromMs, toMs)));
    times.push(...timeRowsSchema.parse(prepared(database, MINUTE_TIMES).all(fromMs, toMs)));
    yield;
    next = nextMinute(database, toMs, untilMs);
  }
  return {tokens, times};
}

/** The first hour from `sinceMs` on and before `untilMs` that has anything. A clock that was set wrong leaves years without. */
function nextHour(database: DatabaseSync, sinceMs: number, untilMs: number): number | null {
  return firstOf(database, NEXT_HOUR, sinceMs, untilMs);
}

function nextMinute(database: DatabaseSync, sinceMs: number, untilMs: number): number | null {
  return firstOf(database, NEXT_MINUTE, sinceMs, untilMs);
}

function firstOf(database: DatabaseSync, sql: string, sinceMs: number, untilMs: number): number | null {
  return firstSchema.parse(prepared(database, sql).get(sinceMs, untilMs)).first;
}

const firstSchema = z.object({first: z.int().nullable()});
const NEXT_HOUR = firstIn('hour', ['ledger_tokens', 'ledger_time', 'ledger_legacy']);
const NEXT_MINUTE = firstIn('minute', ['ledger_minutes', 'ledger_minute_time']);

function firstIn(key: string, tables: readonly string[]): string {
  const firsts = tables.map((table) => `SELECT MIN(${key}) AS at FROM ${table} WHERE ${key} >= ?1 AND ${key} < ?2`);
  return `SELECT MIN(at) AS first FROM (${firsts.join(' UNION ALL ')})`;
}

const HOUR_TOKENS = `SELECT hour AS atMs, run_id AS runId, ${TOKEN_COLUMNS} FROM ledger_tokens JOIN ledger_runs USING (run)
  WHERE hour >= ? AND hour < ? ORDER BY hour`;
const HOUR_TIMES = `SELECT hour AS atMs, ${TIME_COLUMNS} FROM ledger_time WHERE hour >= ? AND hour < ? ORDER BY hour`;
const LEGACY_HOURS = `SELECT hour AS hourAtMs, node_micro AS nodeMicroUsd, api_micro AS apiMicroUsd FROM ledger_legacy
  WHERE hour >= ? AND hour < ? ORDER BY hour`;
const MINUTE_TOKENS = `SELECT minute AS atMs, ${TOKEN_COLUMNS} FROM ledger_minutes
  WHERE minute >= ? AND minute < ? ORDER BY minute`;
const MINUTE_TIMES = `SELECT minute AS atMs, ${TIME_COLUMNS} FROM ledger_minute_time
  WHERE minute >= ? AND minute < ? ORDER BY minute`;

function selectRunSettings(database: DatabaseSync, runIds: ReadonlySet<string>): RunSettings[] {
  const statement = prepared(database, `SELECT ${RUN_COLUMNS} FROM ledger_runs WHERE run_id = ?`);
  return [...runIds].map((runId) => runSettingsSchema.parse(statement.get(runId)));
}

/**
 * Sums of the whole ledger, without the tokens from before it, whose money is kept apart; of time only that of hours from
 * the one of `sinceMs` on.
 */
export function* sumSteps(database: DatabaseSync, sinceMs: number): Steps<LedgerSums> {
  const tokens = new Map<string, LedgerSums['tokens'][number]>();
  const times = new Map<string, LedgerSums['times'][number]>();
  const timeSinceMs = slotOf(sinceMs, MS_PER_HOUR);
  let next = nextHour(database, 0, Number.MAX_SAFE_INTEGER);
  while (next !== null) {
    const fromMs: number = next;
    const toMs = fromMs + SUM_STEP_MS;
    for (const row of tokenSumsSchema.parse(prepared(database, TOKEN_SUMS).all(fromMs, toMs, EARLIER_RUN))) {
      const key = `${row.epoch} ${row.source}`;
      const before = tokens.get(key)?.tokens;
      tokens.set(key, before === undefined ? row : {...row, tokens: sumOfCounts(before, row.tokens)});
    }
    for (const row of timeSumsSchema.parse(prepared(database, TIME_SUMS).all(Math.max(fromMs, timeSinceMs), toMs))) {
      const key = `${row.epoch} ${row.state} ${row.isGap}`;
      const {ms = 0, milliwattMs = 0n} = times.get(key) ?? {};
      times.set(key, {...row, ms: ms + row.ms, milliwattMs: milliwattMs + row.milliwattMs});
    }
    yield;
    next = nextHour(database, toMs, Number.MAX_SAFE_INTEGER);
  }
  return {tokens: [...tokens.values()], times: [...times.values()]};
}

const TOKEN_SUMS = `SELECT epoch, source, SUM(input) AS input, SUM(cached) AS cached, SUM(output) AS output
  FROM ledger_tokens JOIN ledger_runs USING (run) WHERE hour >= ? AND hour < ? AND run_id <> ? GROUP BY epoch, source`;
const TIME_SUMS = `SELECT epoch, state, is_gap AS isGap, SUM(ms) AS ms, CAST(SUM(mw_ms) AS TEXT) AS milliwattMs
  FROM ledger_time WHERE hour >= ? AND hour < ? GROUP BY epoch, state, is_gap`;

function sumOfCounts(one: TokenCounts, other: TokenCounts): TokenCounts {
  return {input: one.input + other.input, cached: one.cached + other.cached, output: one.output + other.output};
}
