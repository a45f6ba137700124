import {rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {noTotals, type PriceDocument} from '../../../src/domain/cost/ledger/entries.ts';
import {
  type LedgerState,
  nextBooking,
  openLedgerState,
  withoutFirstBooking,
  withRun,
  withTimeUntil,
  withTotals,
} from '../../../src/domain/cost/ledger/ledger-state.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {MS_PER_DAY} from '../../../src/shared/units.ts';
import {cpuMs} from './cost-of-calls.ts';

const ROUNDS = 5;

/**
 * What it costs to book a time that an engine outlasted without a supervisor, with the tokens of clients and probes: of each
 * part the least of some rounds, because the collector comes at any time.
 */
export function partsOfAbsence(
  days: number,
  prices: PriceDocument,
): {readonly count: number; readonly mostCpuMs: number; readonly keptBytes: number} {
  const least: number[] = [];
  const state = stateAfter(days, prices);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, usedMs] of book(state).entries()) least[index] = Math.min(least[index] ?? usedMs, usedMs);
  }
  return {count: least.length, mostCpuMs: Math.max(...least), keptBytes: JSON.stringify(state).length};
}

function stateAfter(days: number, prices: PriceDocument): LedgerState {
  const momentAt = (wallMs: number) => ({wallMs, bootId: 'boot', uptimeMs: wallMs});
  const [start, end] = [momentAt(MS_PER_DAY), momentAt((days + 1) * MS_PER_DAY)];
  const use = {state: 'serving', runId: 'run', milliwatts: 5_600_000} as const;
  const terms = {billedSinceMs: null, billedUntilMs: null, pricesAt: () => prices, changesAtMs: []};
  const run = {
    runId: 'run',
    engine: 'vllm',
    model: 'moonshotai/Kimi-K2.7-Code',
    settings: '',
    settingsDigest: '',
    isWholeRun: true,
    isCachedKnown: true,
    booked: noTotals,
  };
  const opened = openLedgerState(null, start, prices, {state: use.state, runId: use.runId});
  const absent = withTimeUntil(withRun(opened, run, start), end, use, terms);
  const tokens = {input: 1e9, cached: 9e9, output: 7e8};
  return withTotals(absent, {...run, booked: {...noTotals, client: tokens, own: tokens}}, end);
}

/** The CPU time of each part, ms, booked into a new ledger. */
function book(pending: LedgerState): readonly number[] {
  const file = path.join(tmpdir(), `gantry-absence-${process.pid}.sqlite`);
  const opened = openHistory({path: file});
  if (!opened.ok) throw new Error(opened.error.message);
  const used: number[] = [];
  for (let state = pending; ; state = withoutFirstBooking(state)) {
    const beforeMs = cpuMs();
    const booking = nextBooking(state);
    if (booking === null) break;
    const booked = opened.value.ledger.book(booking);
    if (!booked.ok) throw new Error(booked.error.message);
    used.push(cpuMs() - beforeMs);
  }
  opened.value.close();
  rmSync(file);
  return used;
}
