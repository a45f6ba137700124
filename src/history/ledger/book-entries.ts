import type {DatabaseSync} from 'node:sqlite';
import {
  type Booking,
  type LedgerClock,
  type LedgerRun,
  noTokens,
  priceDocumentSchema,
  type TimeEntry,
  type TokenEntry,
  tokenSources,
} from '../../domain/cost/ledger/entries.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../shared/units.ts';
import {prepared} from '../prepared.ts';
import {selectClock, selectRun} from './select-ledger.ts';

/** The latest time that is kept by minute: a day, and the hour that a query of a day begins in. */
const MINUTES_KEPT_MS = 25 * MS_PER_HOUR;

/** A booking that the ledger does not take, because it was computed from another state of the ledger. */
export class BaselineMoved extends Error {}

/**
 * Adds a booking to the tables, and sets what is booked by it. To be called in a transaction, which a thrown error has to
 * undo: `BaselineMoved` where the ledger was booked to since, and whatever SQLite throws.
 */
export function bookEntries(database: DatabaseSync, booking: Booking): void {
  const {prices, since, clock, runs, hours, minutes} = booking;
  if (!isSameClock(selectClock(database), since)) throw new BaselineMoved('the clock of the ledger is another one');
  for (const run of runs) checkGrowth(selectRun(database, run.runId), run, hours.tokens);
  const epoch = epochOf(database, JSON.stringify(priceDocumentSchema.parse(prices)), (since ?? clock).coveredUntilMs);
  const numberOf = new Map(runs.map((run) => [run.runId, putRun(database, run)]));
  for (const entry of hours.tokens) {
    const run = numberOf.get(entry.runId);
    if (run === undefined) throw new BaselineMoved(`tokens of the run ${entry.runId} came without it`);
    addTokens(database, hourTokens, [startOf(entry.atMs, MS_PER_HOUR), run, epoch], entry);
  }
  for (const entry of hours.times) addTime(database, hourTime, [startOf(entry.atMs, MS_PER_HOUR), epoch], entry);
  for (const entry of minutes.tokens)
    addTokens(database, minuteTokens, [startOf(entry.atMs, MS_PER_MINUTE), epoch], entry);
  for (const entry of minutes.times) addTime(database, minuteTime, [startOf(entry.atMs, MS_PER_MINUTE), epoch], entry);
  putClock(database, clock);
  for (const {table} of [minuteTokens, minuteTime]) {
    // Those of a time that is far ahead are of a clock that was set wrong.
    prepared(database, `DELETE FROM ${table} WHERE minute < ? OR minute > ?`).run(
      clock.coveredUntilMs - MINUTES_KEPT_MS,
      clock.coveredUntilMs + MINUTES_KEPT_MS,
    );
  }
}

/** The hours of a run have to be what its totals grew by. Of an engine that ran before Gantry, the first totals are not booked. */
function checkGrowth(before: LedgerRun | null, run: LedgerRun, entries: readonly TokenEntry[]): void {
  if (before === null && !run.isWholeRun) return;
  for (const source of tokenSources) {
    const booked = before?.booked[source] ?? noTokens;
    for (const kind of ['input', 'cached', 'output'] as const) {
      let growth = 0;
      for (const entry of entries)
        if (entry.runId === run.runId && entry.source === source) growth += entry.tokens[kind];
      if (booked[kind] + growth !== run.booked[source][kind])
        throw new BaselineMoved(`${kind} tokens of the run ${run.runId} are not what it grew by`);
    }
  }
}

const isSameClock = (one: LedgerClock | null, other: LedgerClock | null): boolean =>
  one?.coveredSinceMs === other?.coveredSinceMs &&
  one?.coveredUntilMs === other?.coveredUntilMs &&
  one?.bootId === other?.bootId &&
  one?.uptimeMs === other?.uptimeMs;

const startOf = (atMs: number, lengthMs: number): number => Math.floor(atMs / lengthMs) * lengthMs;

/** The newest epoch if these are its prices, else a new one. */
function epochOf(database: DatabaseSync, document: string, sinceMs: number): number {
  const newest = prepared(database, 'SELECT id, document FROM price_epochs ORDER BY id DESC LIMIT 1').get();
  if (newest?.['document'] === document) return Number(newest['id']);
  const id = Number(newest?.['id'] ?? 0) + 1;
  prepared(database, 'INSERT INTO price_epochs (id, since_ms, document) VALUES (?, ?, ?)').run(id, sinceMs, document);
  return id;
}

/** Adds a run, or sets what is booked of it; the number of the run in the tables. */
export function putRun(database: DatabaseSync, run: LedgerRun): number {
  const row = prepared(
    database,
    `INSERT INTO ledger_runs (run, run_id, engine, model, settings, digest, whole, cached_known, totals)
       VALUES ((SELECT COALESCE(MAX(run), 0) + 1 FROM ledger_runs), ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (run_id) DO UPDATE SET engine = excluded.engine, model = excluded.model, settings = excluded.settings,
         digest = excluded.digest, whole = excluded.whole, cached_known = excluded.cached_known, totals = excluded.totals
       RETURNING run`,
  ).get(
    run.runId,
    run.engine,
    run.model,
    run.settings,
    run.settingsDigest,
    Number(run.isWholeRun),
    Number(run.isCachedKnown),
    JSON.stringify(run.booked),
  );
  return Number(row?.['run']);
}

/** Sets until when the time of the node is booked. */
export function putClock(
  database: DatabaseSync,
  {coveredSinceMs, coveredUntilMs, bootId, uptimeMs}: LedgerClock,
): void {
  prepared(
    database,
    'INSERT OR REPLACE INTO ledger_clock (id, since_ms, covered_ms, boot_id, uptime_ms) VALUES (1, ?, ?, ?, ?)',
  ).run(coveredSinceMs, coveredUntilMs, bootId, uptimeMs);
}

/** A table whose rows are added to: the columns of its key, in the order of the values. */
type EntryTable = {readonly table: string; readonly key: readonly string[]};
const hourTokens: EntryTable = {table: 'ledger_tokens', key: ['hour', 'run', 'epoch', 'source', 'is_gap']};
const minuteTokens: EntryTable = {table: 'ledger_minutes', key: ['minute', 'epoch', 'source', 'is_gap']};
const hourTime: EntryTable = {table: 'ledger_time', key: ['hour', 'epoch', 'state', 'is_gap']};
const minuteTime: EntryTable = {table: 'ledger_minute_time', key: ['minute', 'epoch', 'state', 'is_gap']};

function addTokens(
  database: DatabaseSync,
  into: EntryTable,
  place: readonly number[],
  {source, isGap, tokens: {input, cached, output}}: TokenEntry,
): void {
  if (input === 0 && cached === 0 && output === 0) return;
  const sql = addTo(into, ['input', 'cached', 'output']);
  prepared(database, sql).run(...place, source, Number(isGap), input, cached, output);
}

function addTime(
  database: DatabaseSync,
  into: EntryTable,
  place: readonly number[],
  {state, isGap, ms, milliwattMs}: TimeEntry,
): void {
  if (ms === 0 && milliwattMs === 0) return;
  prepared(database, addTo(into, ['ms', 'mw_ms'])).run(...place, state, Number(isGap), ms, milliwattMs);
}

function addTo({table, key}: EntryTable, amounts: readonly string[]): string {
  const columns = [...key, ...amounts];
  const sums = amounts.map((amount) => `${amount} = ${amount} + excluded.${amount}`);
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${sums.join(', ')}`;
}
