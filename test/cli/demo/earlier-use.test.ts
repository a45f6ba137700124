import {existsSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {addEarlierUse} from '../../../src/cli/demo/earlier-use.ts';
import {historyPath} from '../../../src/cli/past/history-path.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {type HistoryStore, openHistory} from '../../../src/history/open-history.ts';
import {ok} from '../../../src/shared/result.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {BenchDesk} from '../../../src/supervisor/bench/bench-desk.ts';
import {keptLedgerFile} from '../../../src/supervisor/cost/kept-ledger.ts';
import {LedgerKeeper} from '../../../src/supervisor/cost/ledger-keeper.ts';
import {nothingObserved} from '../../../src/supervisor/snapshot/observation.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {bookedMinute, bookedPrices, bookedRun} from '../../support/build-booking.ts';
import {plainTerms} from '../../support/build-ledger.ts';

const NOW_MS = Date.UTC(2026, 10, 28, 14, 3, 20);
const use = {prices: bookedPrices, run: {engine: 'vllm', model: 'moonshotai/Kimi-K2.7-Code'}, nowMs: NOW_MS};

async function withHistory<T>(dataDir: string, read: (history: HistoryStore) => Promise<T> | T): Promise<T> {
  const opened = openHistory({path: historyPath(dataDir, true)});
  if (!opened.ok) throw new Error(opened.error.message);
  try {
    return await read(opened.value);
  } finally {
    opened.value.close();
  }
}

const hoursOf = ({ledger}: HistoryStore) => ledger.hours(0, Number.MAX_SAFE_INTEGER);

test('two weeks are booked once, in the history of the simulated node alone', async () => {
  const dataDir = temporaryDirectory('earlier-use');
  addEarlierUse({dataDir, ...use});
  expect(existsSync(historyPath(dataDir, false))).toBe(false);
  const booked = await withHistory(dataDir, async (history) => {
    const {series} = history.readSeries(['apiUsdPerHour'], NOW_MS - 7 * MS_PER_DAY, NOW_MS);
    return {clock: history.ledger.clock(), hours: await hoursOf(history), points: series.apiUsdPerHour?.length ?? 0};
  });
  expect(booked.clock).toMatchObject({
    value: {coveredSinceMs: Date.UTC(2026, 10, 15), coveredUntilMs: Date.UTC(2026, 10, 28, 14, 3)},
  });
  const times = booked.hours.ok ? booked.hours.value.times : [];
  const lastMinuteMs = NOW_MS - (NOW_MS % MS_PER_MINUTE);
  expect(times.reduce((sum, {ms}) => sum + ms, 0)).toBe(lastMinuteMs - Date.UTC(2026, 10, 15));
  expect([...new Set(times.map(({state}) => state))].toSorted()).toEqual(['down', 'idle', 'serving', 'starting']);
  expect(booked.points).toBeGreaterThan(1_000);
  addEarlierUse({dataDir, ...use, nowMs: NOW_MS + MS_PER_HOUR});
  expect(await withHistory(dataDir, hoursOf)).toEqual(booked.hours);
});

test('of the time until the supervisor begins, nothing is unknown', async () => {
  const dataDir = temporaryDirectory('earlier-use');
  addEarlierUse({dataDir, ...use});
  const times = await withHistory(dataDir, ({ledger}) => {
    const clock = ledger.clock();
    if (!clock.ok || clock.value === null) throw new Error('nothing is booked');
    const {coveredUntilMs, bootId, uptimeMs} = clock.value;
    const lengthMs = 25_000;
    const keeper = new LedgerKeeper({
      store: ledger,
      slots: keptLedgerFile(path.dirname(historyPath(dataDir, true))),
      own: {add: () => undefined, resolve: () => undefined},
      record: () => undefined,
      seen: () => nothingObserved,
      lifecycle: () => initialLifecycleState(),
      bench: new BenchDesk(
        {putBench: () => ok(null), benches: () => ok([])},
        () => NOW_MS,
        () => true,
      ),
      terms: () => plainTerms({pricesAt: () => bookedPrices}),
      now: () => ({wallMs: coveredUntilMs + lengthMs, bootId, uptimeMs: uptimeMs + lengthMs, monotonicMs: 0}),
    });
    keeper.takeOver(null);
    return keeper.state.bookings.flatMap(({minutes}) => minutes.times.map(({state, ms}) => ({state, ms})));
  });
  expect(times).toEqual([{state: 'down', ms: 25_000}]);
});

test.each([
  {begins: 'today', sinceMs: NOW_MS - 2 * MS_PER_HOUR, isAdded: true},
  {begins: 'two days ago', sinceMs: NOW_MS - 2 * MS_PER_DAY, isAdded: false},
])('a ledger that begins $begins has the days before it: $isAdded, and keeps its own', async ({sinceMs, isAdded}) => {
  const dataDir = temporaryDirectory('earlier-use');
  mkdirSync(path.dirname(historyPath(dataDir, true)));
  const tokens = {input: 100, cached: 900, output: 10};
  const own = bookedMinute(null, sinceMs, tokens, bookedRun(tokens));
  const before = await withHistory(dataDir, async ({ledger}) => ({booked: ledger.book(own), clock: ledger.clock()}));
  expect(before.booked.ok).toBe(true);
  addEarlierUse({dataDir, ...use});
  const {clock, hours} = await withHistory(dataDir, async (history) => ({
    clock: history.ledger.clock(),
    hours: await hoursOf(history),
  }));
  expect(clock).toEqual(before.clock);
  const entries = hours.ok ? hours.value.tokens : [];
  expect(entries.filter(({runId}) => runId === 'run-1').map((entry) => entry.tokens)).toEqual([tokens]);
  expect(entries.length > 100).toBe(isAdded);
});
