import type {DatabaseSync} from 'node:sqlite';
import {noTokens, sumOfCounts} from '../../domain/cost/ledger/entries.ts';
import {EARLIER_RUN, type LedgerSums} from '../../domain/cost/ledger/kept-entries.ts';
import {slotOf} from '../../shared/quantities/moments.ts';
import {MS_PER_DAY, MS_PER_HOUR} from '../../shared/units.ts';
import {prepared} from '../prepared.ts';
import type {Steps} from '../steps.ts';
import {amountIn, countsIn, flagIn, sourceIn, stateIn, sumIn, wholeIn} from './ledger-rows.ts';
import {nextHour} from './select-entries.ts';

/** So much is added up in one step. */
const STEP_MS = 16 * MS_PER_DAY;

/**
 * Sums of the whole ledger, without the tokens from before it, whose money is kept apart; of time only that of hours from
 * the one of `sinceMs` on.
 */
export function* sumSteps(database: DatabaseSync, sinceMs: number): Steps<LedgerSums> {
  const tokens = new Map<string, LedgerSums['tokens'][number]>();
  const times = new Map<string, LedgerSums['times'][number]>();
  const timeSinceMs = slotOf(sinceMs, MS_PER_HOUR);
  const earlierRun =
    prepared(database, 'SELECT run FROM ledger_runs WHERE run_id = ?').get(EARLIER_RUN)?.['run'] ?? null;
  let next = nextHour(database, 0, Number.MAX_SAFE_INTEGER);
  while (next !== null) {
    const fromMs: number = next;
    const toMs = fromMs + STEP_MS;
    for (const row of prepared(database, TOKEN_SUMS).all(fromMs, toMs, earlierRun)) {
      const [epoch, source, added] = [wholeIn(row, 'epoch'), sourceIn(row), countsIn(row)];
      const key = `${epoch} ${source}`;
      const before = tokens.get(key)?.tokens ?? noTokens;
      tokens.set(key, {epoch, source, tokens: sumOfCounts(before, added)});
    }
    for (const row of prepared(database, TIME_SUMS).all(Math.max(fromMs, timeSinceMs), toMs)) {
      const [epoch, state, isGap] = [wholeIn(row, 'epoch'), stateIn(row), flagIn(row, 'isGap')];
      const key = `${epoch} ${state} ${isGap}`;
      const {ms = 0, milliwattMs = 0n} = times.get(key) ?? {};
      const [addedMs, addedEnergy] = [amountIn(row, 'ms'), sumIn(row, 'milliwattMs')];
      times.set(key, {epoch, state, isGap, ms: ms + addedMs, milliwattMs: milliwattMs + addedEnergy});
    }
    yield;
    next = nextHour(database, toMs, Number.MAX_SAFE_INTEGER);
  }
  return {tokens: [...tokens.values()], times: [...times.values()]};
}

const TOKEN_SUMS = `SELECT epoch, source, SUM(input) AS input, SUM(cached) AS cached, SUM(output) AS output
  FROM ledger_tokens WHERE hour >= ? AND hour < ? AND run IS NOT ? GROUP BY epoch, source`;
const TIME_SUMS = `SELECT epoch, state, is_gap AS isGap, SUM(ms) AS ms, CAST(SUM(mw_ms) AS TEXT) AS milliwattMs
  FROM ledger_time WHERE hour >= ? AND hour < ? GROUP BY epoch, state, is_gap`;
