import type {DatabaseSync} from 'node:sqlite';
import type {
  KeptMinuteTokens,
  KeptTime,
  KeptTokens,
  LedgerHours,
  LedgerMinutes,
  LegacyHour,
  RunSettings,
} from '../../domain/cost/ledger/kept-entries.ts';
import type {BilledTime, ReportEntries} from '../../domain/cost/report/cost-report.ts';
import {slotOf} from '../../shared/quantities/moments.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE} from '../../shared/units.ts';
import {prepared} from '../prepared.ts';
import type {Steps} from '../steps.ts';
import {amountIn, countsIn, flagIn, type LedgerRow, sourceIn, stateIn, sumIn, wholeIn} from './ledger-rows.ts';
import {type RunOfNumber, runsByNumber} from './select-ledger.ts';

/** So much is read in one step. */
const STEP_MS = MS_PER_DAY;
const MINUTES_STEP_MS = 30 * MS_PER_MINUTE;

/** The hours that begin from the hour of `sinceMs` on and before `untilMs`, oldest first, some of them in each step. */
export function* hourParts(database: DatabaseSync, sinceMs: number, untilMs: number): Generator<LedgerHours> {
  const runOf = runsByNumber(database);
  let next = nextHour(database, slotOf(sinceMs, MS_PER_HOUR), untilMs);
  while (next !== null) {
    const fromMs: number = next;
    const toMs = Math.min(untilMs, fromMs + STEP_MS);
    yield hoursBetween(database, runOf, fromMs, toMs);
    next = nextHour(database, toMs, untilMs);
  }
}

/**
 * The same for a report by day: the entries of a day that have the same price, run and state are added up by SQLite, whose
 * sums of integers are exact or an error. Days in which hours count differently are read by hour.
 */
export function* dayParts(
  database: DatabaseSync,
  sinceMs: number,
  untilMs: number,
  billed: BilledTime,
): Generator<ReportEntries> {
  const runOf = runsByNumber(database);
  let next = nextHour(database, slotOf(sinceMs, MS_PER_HOUR), untilMs);
  while (next !== null) {
    const fromMs: number = next;
    const dayMs = slotOf(fromMs, MS_PER_DAY);
    const toMs = Math.min(untilMs, dayMs + MS_PER_DAY);
    yield areHoursAlike(database, fromMs, toMs, billed)
      ? dayBetween(database, runOf, fromMs, toMs)
      : hoursBetween(database, runOf, fromMs, toMs);
    next = nextHour(database, toMs, untilMs);
  }
}

/** Not where a bill begins or ends, and not where there is money from before the ledger, of which each hour is judged. */
function areHoursAlike(database: DatabaseSync, fromMs: number, toMs: number, {sinceMs, untilMs}: BilledTime): boolean {
  const isWithin = (atMs: number | null): boolean => atMs !== null && atMs >= fromMs && atMs <= toMs + MS_PER_HOUR;
  if (isWithin(sinceMs) || isWithin(untilMs)) return false;
  return prepared(database, LEGACY_HOURS).get(fromMs, toMs) === undefined;
}

function hoursBetween(database: DatabaseSync, runOf: RunOfNumber, fromMs: number, toMs: number): LedgerHours {
  const runs = new Map<number, RunSettings>();
  const tokens = prepared(database, HOUR_TOKENS)
    .all(fromMs, toMs)
    .map((row) => runTokensOf(row, noted(runs, runOf, wholeIn(row, 'run'))));
  return {
    tokens,
    times: prepared(database, HOUR_TIMES).all(fromMs, toMs).map(keptTimeOf),
    legacy: prepared(database, LEGACY_HOURS).all(fromMs, toMs).map(legacyOf),
    runs: [...runs.values()],
  };
}

/** The entries of a day or a part of it as those of one hour. */
function dayBetween(database: DatabaseSync, runOf: RunOfNumber, fromMs: number, toMs: number): ReportEntries {
  const runs = new Map<number, RunSettings>();
  const tokens = prepared(database, DAY_TOKENS)
    .all(fromMs, toMs)
    .map((row) => runTokensOf(row, noted(runs, runOf, wholeIn(row, 'run'))));
  const times = prepared(database, DAY_TIMES)
    .all(fromMs, toMs)
    .map((row) => timeOf(row, sumIn(row, 'milliwattMs')));
  return {tokens, times, legacy: [], runs: [...runs.values()]};
}

function noted(runs: Map<number, RunSettings>, runOf: RunOfNumber, run: number): RunSettings {
  const known = runs.get(run);
  if (known !== undefined) return known;
  const settings = runOf(run);
  runs.set(run, settings);
  return settings;
}

/** The minutes from the one of `sinceMs` on and before `untilMs`, oldest first. */
export function* minuteSteps(database: DatabaseSync, sinceMs: number, untilMs: number): Steps<LedgerMinutes> {
  const tokens: KeptMinuteTokens[] = [];
  const times: KeptTime[] = [];
  let next = nextMinute(database, slotOf(sinceMs, MS_PER_MINUTE), untilMs);
  while (next !== null) {
    const fromMs: number = next;
    const toMs = Math.min(untilMs, fromMs + MINUTES_STEP_MS);
    for (const row of prepared(database, MINUTE_TOKENS).all(fromMs, toMs)) tokens.push(minuteTokensOf(row));
    for (const row of prepared(database, MINUTE_TIMES).all(fromMs, toMs)) times.push(keptTimeOf(row));
    yield;
    next = nextMinute(database, toMs, untilMs);
  }
  return {tokens, times};
}

function minuteTokensOf(row: LedgerRow): KeptMinuteTokens {
  return {
    atMs: wholeIn(row, 'atMs'),
    epoch: wholeIn(row, 'epoch'),
    source: sourceIn(row),
    isGap: flagIn(row, 'isGap'),
    tokens: countsIn(row),
  };
}

function runTokensOf(row: LedgerRow, {runId}: RunSettings): KeptTokens {
  return {
    atMs: wholeIn(row, 'atMs'),
    runId,
    epoch: wholeIn(row, 'epoch'),
    source: sourceIn(row),
    isGap: flagIn(row, 'isGap'),
    tokens: countsIn(row),
  };
}

function keptTimeOf(row: LedgerRow): KeptTime {
  return timeOf(row, amountIn(row, 'milliwattMs'));
}

function timeOf<Energy>(row: LedgerRow, milliwattMs: Energy) {
  return {
    atMs: wholeIn(row, 'atMs'),
    epoch: wholeIn(row, 'epoch'),
    state: stateIn(row),
    isGap: flagIn(row, 'isGap'),
    ms: amountIn(row, 'ms'),
    milliwattMs,
  };
}

function legacyOf(row: LedgerRow): LegacyHour {
  return {
    hourAtMs: wholeIn(row, 'hourAtMs'),
    nodeMicroUsd: wholeIn(row, 'nodeMicroUsd'),
    apiMicroUsd: wholeIn(row, 'apiMicroUsd'),
  };
}

/** The first hour from `sinceMs` on and before `untilMs` that has anything. A clock that was set wrong leaves years without. */
export function nextHour(database: DatabaseSync, sinceMs: number, untilMs: number): number | null {
  return firstOf(database, NEXT_HOUR, sinceMs, untilMs);
}

function nextMinute(database: DatabaseSync, sinceMs: number, untilMs: number): number | null {
  return firstOf(database, NEXT_MINUTE, sinceMs, untilMs);
}

function firstOf(database: DatabaseSync, sql: string, sinceMs: number, untilMs: number): number | null {
  const row = prepared(database, sql).get(sinceMs, untilMs);
  return row === undefined || row['first'] === null ? null : wholeIn(row, 'first');
}

const NEXT_HOUR = firstIn('hour', ['ledger_tokens', 'ledger_time', 'ledger_legacy']);
const NEXT_MINUTE = firstIn('minute', ['ledger_minutes', 'ledger_minute_time']);

function firstIn(key: string, tables: readonly string[]): string {
  const firsts = tables.map((table) => `SELECT MIN(${key}) AS at FROM ${table} WHERE ${key} >= ?1 AND ${key} < ?2`);
  return `SELECT MIN(at) AS first FROM (${firsts.join(' UNION ALL ')})`;
}

const TOKEN_COLUMNS = 'epoch, source, is_gap AS isGap, input, cached, output';
const TIME_COLUMNS = 'epoch, state, is_gap AS isGap, ms, mw_ms AS milliwattMs';
const HOUR_TOKENS = `SELECT hour AS atMs, run, ${TOKEN_COLUMNS} FROM ledger_tokens WHERE hour >= ? AND hour < ?
  ORDER BY hour`;
const HOUR_TIMES = `SELECT hour AS atMs, ${TIME_COLUMNS} FROM ledger_time WHERE hour >= ? AND hour < ? ORDER BY hour`;
const DAY_TOKENS = `SELECT ?1 AS atMs, run, epoch, source, is_gap AS isGap, SUM(input) AS input, SUM(cached) AS cached,
  SUM(output) AS output FROM ledger_tokens WHERE hour >= ?1 AND hour < ?2 GROUP BY run, epoch, source, is_gap`;
const DAY_TIMES = `SELECT ?1 AS atMs, epoch, state, is_gap AS isGap, SUM(ms) AS ms, CAST(SUM(mw_ms) AS TEXT) AS milliwattMs
  FROM ledger_time WHERE hour >= ?1 AND hour < ?2 GROUP BY epoch, state, is_gap`;
const LEGACY_HOURS = `SELECT hour AS hourAtMs, node_micro AS nodeMicroUsd, api_micro AS apiMicroUsd FROM ledger_legacy
  WHERE hour >= ? AND hour < ? ORDER BY hour`;
const MINUTE_TOKENS = `SELECT minute AS atMs, ${TOKEN_COLUMNS} FROM ledger_minutes
  WHERE minute >= ? AND minute < ? ORDER BY minute`;
const MINUTE_TIMES = `SELECT minute AS atMs, ${TIME_COLUMNS} FROM ledger_minute_time
  WHERE minute >= ? AND minute < ? ORDER BY minute`;
