import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import type {EngineState} from '../../../../src/domain/lifecycle/phases.ts';
import type {Observation} from '../../../../src/supervisor/snapshot/observation.ts';
import {HEALTH_INTERVAL_MS, watchHealth} from '../../../../src/supervisor/watch/endpoint/health-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function bench(ask: (world: {readonly state: EngineState}) => Promise<string>) {
  const world: {state: EngineState; isInDoubt: boolean; responses: number} = {
    state: 'starting',
    isInDoubt: false,
    responses: 0,
  };
  const observed: Observation[] = [];
  const stop = watchHealth({
    clock: {monotonicMs: () => Date.now()},
    state: () => world,
    ask: async () => {
      const text = await ask(world);
      return {text, isResponse: text.startsWith('200')};
    },
    isInDoubt: () => world.isInDoubt,
    onResponse: () => {
      world.responses += 1;
    },
    observe: (observation) => observed.push(observation),
  });
  return {world, observed, stop};
}

test('the health path is asked immediately, and then an interval after each answer', async () => {
  const ask = vi.fn(async () => '200 OK');
  const {observed, stop} = bench(ask);
  await vi.advanceTimersByTimeAsync(0);
  expect(observed).toEqual([{type: 'health', answer: '200 OK', isResponse: true, state: 'starting'}]);
  await vi.advanceTimersByTimeAsync(HEALTH_INTERVAL_MS - 1);
  expect(ask).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(600);
  expect(ask).toHaveBeenCalledTimes(2);
  stop();
  await vi.advanceTimersByTimeAsync(HEALTH_INTERVAL_MS * 3);
  expect(ask).toHaveBeenCalledTimes(2);
});

test('a change of state is followed by an answer about the new one, within a second', async () => {
  const {world, observed, stop} = bench(async ({state}) => (state === 'ready' ? '200 OK' : 'no connection'));
  await vi.advanceTimersByTimeAsync(700);
  world.state = 'ready';
  await vi.advanceTimersByTimeAsync(1_000);
  expect(observed).toEqual([
    {type: 'health', answer: 'no connection', isResponse: false, state: 'starting'},
    {type: 'health', answer: '200 OK', isResponse: true, state: 'ready'},
  ]);
  stop();
});

test('an answer is about the state in which the question was asked', async () => {
  const answers: ((answer: string) => void)[] = [];
  const {world, observed, stop} = bench(
    () =>
      new Promise((resolve) => {
        answers.push(resolve);
      }),
  );
  world.state = 'ready';
  answers[0]?.('no connection');
  await vi.advanceTimersByTimeAsync(600);
  expect(observed).toEqual([{type: 'health', answer: 'no connection', isResponse: false, state: 'starting'}]);
  expect(answers).toHaveLength(2);
  stop();
  answers[1]?.('200 OK');
  await vi.advanceTimersByTimeAsync(0);
  expect(observed).toHaveLength(1);
});

test('an engine whose other paths are late is asked every second, and each response counts', async () => {
  let answer = '200 OK';
  const ask = vi.fn(async () => answer);
  const {world, stop} = bench(ask);
  await vi.advanceTimersByTimeAsync(0);
  expect(world.responses).toBe(1);
  world.isInDoubt = true;
  await vi.advanceTimersByTimeAsync(1_100);
  expect([ask.mock.calls.length, world.responses]).toEqual([2, 2]);
  answer = 'no answer within 5 s';
  await vi.advanceTimersByTimeAsync(2_100);
  expect([ask.mock.calls.length, world.responses]).toEqual([4, 2]);
  stop();
});
