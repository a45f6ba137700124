import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import type {HangEvidence} from '../../../../src/domain/lifecycle/lifecycle-findings.ts';
import type {Observation} from '../../../../src/supervisor/snapshot/observation.ts';
import {type AnswerWatchOptions, watchAnswers} from '../../../../src/supervisor/watch/endpoint/answer-watch.ts';

type Posted = Parameters<AnswerWatchOptions['post']>[0];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const IDLE = {evidence: 'idle', stoppedPids: [7], tracedPids: []};

function bench(
  findEvidence: () => Promise<HangEvidence> = async () => IDLE,
  earlier: NonNullable<AnswerWatchOptions['earlier']> = {unansweredMs: 0},
) {
  const world = {isServing: true, pausedMs: 0};
  const observed: Observation[] = [];
  const posted: Posted[] = [];
  const watch = watchAnswers({
    runId: 'run-1',
    earlier,
    clock: {monotonicMs: () => Date.now() + world.pausedMs},
    isServing: () => world.isServing,
    degradedAfterMs: () => 15_000,
    findEvidence,
    observe: (observation) => observed.push(observation),
    post: (event) => posted.push(event),
  });
  return {world, observed, posted, watch, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms)};
}

const SILENT = {type: 'server-silent', runId: 'run-1', unansweredMs: 15_000, ...IDLE};

test('a late answer raises nothing; three seconds are shown; the configured time is reported once', async () => {
  const {observed, posted, watch, pass} = bench();
  await pass(2_500);
  expect([observed, posted, watch.isInDoubt()]).toEqual([[], [], true]);
  await pass(500);
  expect(observed).toEqual([{type: 'unanswered', unansweredMs: 3_000}]);
  await pass(11_500);
  expect(posted).toEqual([]);
  await pass(500);
  expect(posted).toEqual([SILENT]);
  await pass(60_000);
  expect(posted).toHaveLength(1);
  expect(observed.at(-1)).toEqual({type: 'unanswered', unansweredMs: 75_000});
});

test('a response ends it immediately, and the next silence is another one', async () => {
  const {observed, posted, watch, pass} = bench();
  await pass(20_000);
  watch.responded();
  expect(observed.at(-1)).toEqual({type: 'unanswered', unansweredMs: null});
  expect(posted).toEqual([SILENT, {type: 'server-answers', runId: 'run-1'}]);
  expect(watch.isInDoubt()).toBe(false);
  watch.responded();
  expect(posted).toHaveLength(2);
  await pass(20_000);
  expect(posted.filter(({type}) => type === 'server-silent')).toHaveLength(2);
});

test('an engine that answers every two seconds raises nothing', async () => {
  const {observed, posted, watch, pass} = bench();
  for (let second = 0; second < 60; second += 2) {
    await pass(2_000);
    watch.responded();
  }
  expect([observed, posted]).toEqual([[], []]);
});

test('a response while the evidence is gathered withdraws the report', async () => {
  let tell: (seen: HangEvidence) => void = () => undefined;
  const {posted, watch, pass} = bench(
    () =>
      new Promise((resolve) => {
        tell = resolve;
      }),
  );
  await pass(15_000);
  watch.responded();
  tell(IDLE);
  await pass(0);
  expect(posted).toEqual([]);
});

test('only a serving engine has to answer', async () => {
  const {world, observed, posted, pass} = bench();
  world.isServing = false;
  await pass(60_000);
  expect([observed, posted]).toEqual([[], []]);
  world.isServing = true;
  await pass(4_000);
  world.isServing = false;
  await pass(500);
  expect(observed.at(-1)).toEqual({type: 'unanswered', unansweredMs: null});
});

test('time in which this process did not run counts at most a second', async () => {
  const {world, observed, posted, pass} = bench();
  await pass(1_000);
  world.pausedMs = 3_600_000;
  await pass(500);
  expect([observed, posted]).toEqual([[], []]);
});

test('a stopped watch says nothing more', async () => {
  const {observed, posted, watch, pass} = bench();
  watch.stop();
  await pass(60_000);
  expect([observed, posted]).toEqual([[], []]);
});

test('generated text is an answer that holds for twenty seconds; the other paths stay in doubt', async () => {
  const {observed, posted, watch, pass} = bench();
  await pass(20_000);
  watch.generated();
  expect(observed.at(-1)).toEqual({type: 'unanswered', unansweredMs: null});
  expect(posted).toEqual([SILENT, {type: 'server-answers', runId: 'run-1'}]);
  expect(watch.isInDoubt()).toBe(true);
  const shown = observed.length;
  await pass(22_500);
  expect(observed).toHaveLength(shown);
  await pass(500);
  expect(observed.at(-1)).toEqual({type: 'unanswered', unansweredMs: 3_000});
  await pass(12_000);
  expect(posted.filter(({type}) => type === 'server-silent')).toHaveLength(2);
});

test('a silence that began before the watch is as long as it is, once it lasts; an answer ends it', async () => {
  const {observed, posted, watch, pass} = bench(undefined, {unansweredMs: 1_200_000});
  await pass(2_500);
  expect(observed).toEqual([]);
  await pass(500);
  expect(observed).toEqual([{type: 'unanswered', unansweredMs: 1_203_000}]);
  expect(posted).toEqual([{...SILENT, unansweredMs: 1_203_000}]);
  watch.responded();
  await pass(4_000);
  expect(observed.at(-1)).toEqual({type: 'unanswered', unansweredMs: 4_000});
});

test('a silence of which the beginning is unknown is a lower bound, until the first answer', async () => {
  const {observed, posted, watch, pass} = bench(undefined, {unansweredMs: 0, isAtLeast: true});
  await pass(15_000);
  expect(observed.at(-1)).toEqual({type: 'unanswered', unansweredMs: 15_000, isAtLeast: true});
  expect(posted).toEqual([{...SILENT, isAtLeast: true}]);
  watch.responded();
  await pass(4_000);
  expect(observed.at(-1)).toEqual({type: 'unanswered', unansweredMs: 4_000});
});
