import {expect, test} from 'vitest';
import type {ApiError} from '../../../src/api/commands.ts';
import type {Preview, PreviewRequestInput} from '../../../src/api/preview.ts';
import {createPreviews} from '../../../src/client/answers/previews.ts';
import {err, ok, type Result} from '../../../src/shared/result.ts';
import {eventually} from '../../harness/eventually.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';
import {judge} from '../../support/fake-judge.ts';

const snapshot = buildSnapshot();
const gone: ApiError = {code: 'supervisor.unavailable', message: 'nobody answers', remedy: 'start one'};

function question(contextLengthTokens: number): PreviewRequestInput {
  return {command: {type: 'restart', change: {contextLengthTokens}}};
}

/** The answer to a question about this length. */
function answered(contextLengthTokens: number): Result<Preview, ApiError> {
  return judge(snapshot, question(contextLengthTokens));
}

/** A supervisor that answers when the test does, and a clock that the test moves. */
function open() {
  const asked: {readonly tokens: unknown; readonly answer: (result: Result<Preview, ApiError>) => Promise<void>}[] = [];
  const clock = {nowMs: 0};
  let changes = 0;
  const previews = createPreviews({
    nowMs: () => clock.nowMs,
    ask: ({command}) => {
      const {promise, resolve} = Promise.withResolvers<Result<Preview, ApiError>>();
      const tokens = command.type === 'restart' ? command.change?.contextLengthTokens : null;
      const answer = async (result: Result<Preview, ApiError>): Promise<void> => {
        resolve(result);
        // Every step between the answer and those who wait for it.
        for (let step = 0; step < 5; step += 1) await Promise.resolve();
      };
      asked.push({tokens, answer});
      return promise;
    },
  });
  previews.subscribe(() => {
    changes += 1;
  });
  return {previews, asked, clock, changes: () => changes, tokens: () => asked.map(({tokens}) => tokens)};
}

/** The context of the settings that were judged; the kind of the answer where nothing was. */
function shown({previews}: ReturnType<typeof open>, contextLengthTokens: number): unknown {
  const answer = previews.answerTo(question(contextLengthTokens));
  return answer.kind === 'judged' ? answer.preview.settings.contextLengthTokens : answer.kind;
}

test('a question is being checked until its answer arrives', async () => {
  const world = open();
  world.previews.want(question(65_536));
  expect([world.tokens(), shown(world, 65_536)]).toEqual([[65_536], 'checking']);
  await world.asked[0]?.answer(answered(65_536));
  expect(shown(world, 65_536)).toBe(65_536);
  expect(shown(world, 32_768), 'another question').toBe('checking');
});

test('one question is in progress, and the newest of those that arrive meanwhile is asked next', async () => {
  const world = open();
  for (const tokens of [1_000, 2_000, 3_000, 4_000]) world.previews.want(question(tokens));
  expect(world.tokens()).toEqual([1_000]);
  await world.asked[0]?.answer(answered(1_000));
  expect(world.tokens()).toEqual([1_000, 4_000]);
  await world.asked[1]?.answer(answered(4_000));
  expect([world.tokens().length, shown(world, 4_000)]).toEqual([2, 4_000]);
});

test('a late answer to an older question is dropped without a notification', async () => {
  const world = open();
  world.previews.want(question(1_000));
  world.previews.want(question(2_000));
  await world.asked[0]?.answer(answered(1_000));
  expect([shown(world, 1_000), shown(world, 2_000), world.changes()]).toEqual(['checking', 'checking', 0]);
  await world.asked[1]?.answer(answered(2_000));
  expect([shown(world, 1_000), shown(world, 2_000), world.changes()]).toEqual(['checking', 2_000, 1]);
});

test('the answer to a question that is needed again is used', async () => {
  const world = open();
  for (const tokens of [1_000, 2_000, 1_000]) world.previews.want(question(tokens));
  await world.asked[0]?.answer(answered(1_000));
  expect([world.tokens(), shown(world, 1_000)]).toEqual([[1_000], 1_000]);
});

test('what is not needed any more is neither kept nor asked', async () => {
  const world = open();
  world.previews.want(question(1_000));
  world.previews.want(question(2_000));
  world.previews.want(null);
  await world.asked[0]?.answer(answered(1_000));
  expect([world.tokens(), shown(world, 1_000)]).toEqual([[1_000], 'checking']);
});

test('a question that was closed and opened again is asked again', async () => {
  const world = open();
  world.previews.want(question(1_000));
  await world.asked[0]?.answer(answered(1_000));
  world.previews.want(null);
  expect(shown(world, 1_000)).toBe('checking');
  world.previews.want(question(1_000));
  expect(world.tokens()).toEqual([1_000, 1_000]);
});

test('an answer is refreshed after a while, and stays until the new one arrives', async () => {
  const world = open();
  world.previews.want(question(1_000));
  await world.asked[0]?.answer(answered(1_000));
  world.clock.nowMs = 9_999;
  world.previews.want(question(1_000));
  expect(world.tokens()).toHaveLength(1);
  world.clock.nowMs = 10_000;
  world.previews.want(question(1_000));
  world.previews.want(question(1_000));
  expect([world.tokens().length, shown(world, 1_000)]).toEqual([2, 1_000]);
  await world.asked[1]?.answer(err(gone));
  expect(shown(world, 1_000)).toBe('failed');
});

test('a failure is an answer, and is refreshed sooner', async () => {
  const world = open();
  world.previews.want(question(1_000));
  await world.asked[0]?.answer(err(gone));
  expect(world.previews.answerTo(question(1_000))).toEqual({kind: 'failed', error: gone});
  world.clock.nowMs = 1_999;
  world.previews.want(question(1_000));
  expect(world.tokens()).toHaveLength(1);
  world.clock.nowMs = 2_000;
  world.previews.want(question(1_000));
  expect(world.tokens()).toHaveLength(2);
});

test('a question that throws is a failure too, and the next one is asked', async () => {
  const previews = createPreviews({nowMs: () => 0, ask: () => Promise.reject(new Error('broken'))});
  previews.want(question(1_000));
  await eventually(
    () => expect(previews.answerTo(question(1_000))).toMatchObject({kind: 'failed', error: {message: 'broken'}}),
    'the answer',
  );
  previews.want(question(2_000));
  await eventually(() => expect(previews.answerTo(question(2_000)).kind).toBe('failed'), 'the answer');
});

test('an unsubscribed listener is not called', async () => {
  let heard = 0;
  const previews = createPreviews({nowMs: () => 0, ask: async () => ok(judgedOnce)});
  const stop = previews.subscribe(() => {
    heard += 1;
  });
  stop();
  previews.want(question(1_000));
  await eventually(() => expect(previews.answerTo(question(1_000)).kind).toBe('judged'), 'the answer');
  expect(heard).toBe(0);
});

const first = answered(1_000);
if (!first.ok) throw new Error(first.error.message);
const judgedOnce = first.value;
