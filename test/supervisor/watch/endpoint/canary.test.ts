import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {RunEvent} from '../../../../src/domain/lifecycle/lifecycle.ts';
import type {EngineState} from '../../../../src/domain/lifecycle/phases.ts';
import {absent} from '../../../../src/samples/reading.ts';
import type {WithoutTime} from '../../../../src/supervisor/loop/clock.ts';
import {watchCanary} from '../../../../src/supervisor/watch/endpoint/canary.ts';
import {findingOf, runOf} from '../../../domain/lifecycle/lifecycle-samples.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';

const run = runOf(1);
const {runId} = run;
const broken: WithoutTime<RunEvent> = {
  type: 'probe-failed',
  runId,
  answer: '!!!!',
  finding: findingOf('engine.output-collapsed'),
  isBrokenOutput: true,
};
const INTERVAL_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function bench(change: {readonly intervalMs?: number | null; readonly answer?: WithoutTime<RunEvent>} = {}) {
  const world: {
    state: EngineState;
    current: string;
    metrics: ReturnType<typeof buildMetricsSample> | null;
  } = {state: 'ready', current: runId, metrics: null};
  const posted: WithoutTime<RunEvent>[] = [];
  let asked = 0;
  const stop = watchCanary({
    runId,
    intervalMs: () => (change.intervalMs === undefined ? INTERVAL_MS : change.intervalMs),
    clock: {monotonicMs: () => Date.now()},
    state: () => ({state: world.state, run: {...run, runId: world.current}}),
    observations: () => ({metrics: world.metrics}),
    probe: async () => {
      asked += 1;
      return change.answer ?? {type: 'probe-succeeded', runId};
    },
    post: (event) => posted.push(event),
  });
  const after = async (ms: number): Promise<number> => {
    await vi.advanceTimersByTimeAsync(ms);
    return asked;
  };
  return {world, posted, after, stop};
}

describe('the canary', () => {
  test('is probed once per interval, not immediately', async () => {
    const {after, stop} = bench();
    expect(await after(INTERVAL_MS - 1_500)).toBe(0);
    expect(await after(3_000)).toBe(1);
    expect(await after(INTERVAL_MS + 3_000)).toBe(2);
    stop();
    expect(await after(10 * INTERVAL_MS)).toBe(2);
  });

  test('is never asked where it is switched off', async () => {
    expect(await bench({intervalMs: null}).after(100 * INTERVAL_MS)).toBe(0);
  });

  test.each(['starting', 'degraded', 'draining', 'stopping', 'failed'] as const)(
    'is not asked while %s',
    async (state) => {
      const {world, after, stop} = bench();
      world.state = state;
      expect(await after(3 * INTERVAL_MS)).toBe(0);
      world.state = 'ready';
      expect(await after(2_000)).toBe(1);
      stop();
    },
  );

  test('is not asked of the run that follows', async () => {
    const {world, after, stop} = bench();
    world.current = 'run-2';
    expect(await after(3 * INTERVAL_MS)).toBe(0);
    stop();
  });

  test.each([
    ['requests wait', {waitingRequests: 1}],
    ['the KV cache is nearly full', {kvUsageRatio: 0.9}],
  ])('waits while %s', async (_, busy) => {
    const {world, after, stop} = bench();
    world.metrics = buildMetricsSample(0, busy);
    expect(await after(3 * INTERVAL_MS)).toBe(0);
    world.metrics = buildMetricsSample(0, {waitingRequests: 0, kvUsageRatio: 0.89});
    expect(await after(2_000)).toBe(1);
    world.metrics = buildMetricsSample(0, {waitingRequests: absent('none'), kvUsageRatio: absent('none')});
    expect(await after(INTERVAL_MS + 2_000)).toBe(2);
    stop();
  });

  test('reports broken output, and nothing else', async () => {
    const collapsed = bench({answer: broken});
    await collapsed.after(INTERVAL_MS + 2_000);
    expect(collapsed.posted).toEqual([broken]);
    collapsed.stop();
    for (const answer of [
      {type: 'probe-succeeded', runId},
      {type: 'probe-failed', runId, answer: 'late.'},
      {type: 'probe-failed', runId, answer: 'refused.', finding: findingOf('engine.probe-refused')},
    ] as const) {
      const other = bench({answer});
      expect(await other.after(INTERVAL_MS + 2_000)).toBe(1);
      expect(other.posted).toEqual([]);
      other.stop();
    }
  });
});
