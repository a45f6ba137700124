import {describe, expect, test} from 'vitest';
import type {PricesInForce} from '../../../src/domain/cost/ledger.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {absent} from '../../../src/samples/reading.ts';
import {RunCost} from '../../../src/supervisor/loop/run-cost.ts';
import {runOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {findPriceBook} from '../../support/price-books.ts';

const HOUR_MS = 3_600_000;
const start = buildMetricsSample(0, {}).stamp;
const run = {runId: 'run-1', startedAtMs: start.sampledAtMs};
const moonshot = findPriceBook('moonshot');

/** A node whose supervisors share one history, as on disk. */
function node(nodeUsdPerHour: PricesInForce['nodeUsdPerHour'] = 36) {
  const opened = openHistory({path: ':memory:'});
  if (!opened.ok) throw new Error(opened.error.message);
  let second = 0;
  let stepMs = 0;
  let inForce: PricesInForce = {nodeUsdPerHour, prices: moonshot};
  const clock = {
    nowMs: () => start.sampledAtMs + second * 1_000 + stepMs,
    monotonicMs: () => start.monotonicMs + second * 1_000,
  };
  return {
    supervisor: () =>
      new RunCost({history: opened.value, clock, uptimeMs: () => second * 1_000, configured: () => inForce}),
    stepWallBy: (ms: number) => {
      stepMs += ms;
    },
    at: (now: number) => {
      second = now;
    },
    edit: (next: Partial<PricesInForce>) => {
      inForce = {...inForce, ...next};
    },
    metrics: (generationTokensTotal: number) => {
      const sample = buildMetricsSample(second, {
        promptTokensTotal: 0,
        cachedPromptTokensTotal: 0,
        generationTokensTotal,
      });
      return {...sample, stamp: {...sample.stamp, sampledAtMs: sample.stamp.sampledAtMs + stepMs}};
    },
  };
}

describe('the cost of a run', () => {
  test('keeps the price of what was spent before an edit', () => {
    const {supervisor, at, edit, metrics} = node(28.8);
    const cost = supervisor();
    cost.sinceStart(run, null);
    at(3_600);
    cost.sinceStart(run, metrics(1_000_000));
    edit({nodeUsdPerHour: 20, prices: findPriceBook('moonshot-highspeed')});
    expect(cost.sinceStart(run, metrics(1_000_000))).toMatchObject({nodeUsd: 28.8, apiUsd: 4});
    at(7_200);
    expect(cost.sinceStart(run, metrics(2_000_000))).toEqual({
      sinceMs: run.startedAtMs,
      nodeUsd: 48.8,
      apiUsd: 12,
    });
  });

  test('is exact while the clock is set back and forward by an hour', () => {
    const {supervisor, at, metrics, stepWallBy} = node();
    const cost = supervisor();
    cost.sinceStart(run, metrics(0));
    stepWallBy(-HOUR_MS);
    at(100);
    expect(cost.sinceStart(run, metrics(500_000))).toMatchObject({nodeUsd: 1, apiUsd: 2});
    stepWallBy(2 * HOUR_MS);
    at(200);
    expect(cost.sinceStart(run, metrics(1_000_000))).toMatchObject({nodeUsd: 2, apiUsd: 4});
  });

  test.each([-HOUR_MS, HOUR_MS])('is exact if the clock is set by %i ms while no supervisor runs', (ms) => {
    const {supervisor, at, metrics, stepWallBy} = node();
    const first = supervisor();
    at(100);
    first.sinceStart(run, metrics(500_000));
    first.record();
    stepWallBy(ms);
    at(200);
    expect(supervisor().sinceStart(run, metrics(1_000_000))).toMatchObject({nodeUsd: 2, apiUsd: 4});
  });

  test('includes the time and the tokens between the start of the run and its first snapshot', () => {
    const {supervisor, at, metrics} = node();
    const cost = supervisor();
    at(100);
    expect(cost.sinceStart(run, metrics(500_000))).toEqual({sinceMs: run.startedAtMs, nodeUsd: 1, apiUsd: 2});
  });

  test('survives a restart of the supervisor, also with an edit while none ran', () => {
    const {supervisor, at, edit, metrics} = node();
    const first = supervisor();
    at(100);
    first.sinceStart(run, metrics(500_000));
    first.record();
    edit({nodeUsdPerHour: 72});
    at(200);
    const second = supervisor();
    // Nobody applied the new price before this supervisor did.
    expect(second.sinceStart(run, null)).toEqual({sinceMs: run.startedAtMs, nodeUsd: 2, apiUsd: 2});
    at(300);
    expect(second.sinceStart(run, metrics(750_000))).toMatchObject({nodeUsd: 4, apiUsd: 3});
  });

  test('counts from the first snapshot if an earlier supervisor kept no ledger of it', () => {
    const {supervisor, at, metrics} = node();
    at(1_000);
    const cost = supervisor();
    const sinceMs = run.startedAtMs + 1_000_000;
    expect(cost.sinceStart(run, metrics(9_000_000))).toEqual({sinceMs, nodeUsd: 0, apiUsd: 0});
    at(1_100);
    expect(cost.sinceStart(run, metrics(9_250_000))).toEqual({sinceMs, nodeUsd: 1, apiUsd: 1});
  });

  test('counts every token of a run that was starting when an earlier supervisor was killed', () => {
    const {supervisor, at, metrics} = node();
    at(1_000);
    const cost = supervisor();
    cost.ofEngine({run: {...runOf(1), ...run}, readyAtMs: null}, metrics(9_000_000));
    at(1_100);
    const ready = {run: {...runOf(1), ...run}, readyAtMs: 1_000};
    expect(cost.ofEngine(ready, metrics(250_000))).toMatchObject({nodeUsd: 1, apiUsd: 1});
  });

  test('does not count the last reading of the run before it', () => {
    const {supervisor, at, metrics} = node();
    const cost = supervisor();
    const old = metrics(9_000_000);
    cost.sinceStart(run, old);
    at(100);
    cost.sinceStart(null, old);
    const next = {runId: 'run-2', startedAtMs: run.startedAtMs + 100_000};
    expect(cost.sinceStart(next, old)).toMatchObject({nodeUsd: 0, apiUsd: {absent: expect.any(String)}});
    expect(cost.sinceStart(next, metrics(250_000)).apiUsd).toBe(1);
  });

  test('is unknown without a run, a price or cached tokens', () => {
    const unset = absent('cost.nodeUsdPerHour is not set');
    const {supervisor, at} = node(unset);
    const cost = supervisor();
    expect(cost.sinceStart(null, null)).toEqual({
      sinceMs: null,
      nodeUsd: absent('no engine is running'),
      apiUsd: absent('no engine is running'),
    });
    at(10);
    const uncounted = buildMetricsSample(10, {promptTokensTotal: 5, generationTokensTotal: 5});
    expect(cost.sinceStart(run, uncounted)).toMatchObject({nodeUsd: unset, apiUsd: uncounted.cachedPromptTokensTotal});
  });

  test('counts time by a clock that nobody sets', () => {
    const opened = openHistory({path: ':memory:'});
    if (!opened.ok) throw new Error(opened.error.message);
    const now = {wallMs: run.startedAtMs, monotonicMs: 0};
    const cost = new RunCost({
      uptimeMs: () => 0,
      history: opened.value,
      clock: {nowMs: () => now.wallMs, monotonicMs: () => now.monotonicMs},
      configured: () => ({nodeUsdPerHour: 36, prices: moonshot}),
    });
    cost.sinceStart(run, null);
    now.wallMs += 1_000 * HOUR_MS;
    now.monotonicMs += 100_000;
    expect(cost.sinceStart(run, null).nodeUsd).toBe(1);
    now.wallMs -= 2_000 * HOUR_MS;
    now.monotonicMs += 100_000;
    expect(cost.sinceStart(run, null).nodeUsd).toBe(2);
  });
});
