import {describe, expect, test} from 'vitest';
import type {ApiError} from '../../../src/api/commands.ts';
import type {History, HistoryQuery} from '../../../src/api/history.ts';
import {answerTo, createHistoryAnswers, type HistoryAnswer} from '../../../src/client/answers/history-answers.ts';
import {err, ok, type Result} from '../../../src/shared/result.ts';

const query = (windowMs: number, untilMs?: number): HistoryQuery => ({
  series: ['kvUsageRatio'],
  gpuSeries: [],
  windowMs,
  ...(untilMs === undefined ? {} : {untilMs}),
});
const gone: ApiError = {code: 'supervisor.unavailable', message: 'No supervisor answers.', remedy: 'Start it.'};

/** A supervisor that the test answers for, and a clock that it sets. */
function createWorld() {
  const asked: {readonly query: HistoryQuery; readonly answer: (result: Result<History, ApiError>) => void}[] = [];
  const world = {nowMs: 0, changes: 0, asked};
  const answers = createHistoryAnswers({
    nowMs: () => world.nowMs,
    ask: (next) => {
      const {promise, resolve} = Promise.withResolvers<Result<History, ApiError>>();
      asked.push({query: next, answer: resolve});
      return promise;
    },
  });
  answers.subscribe(() => {
    world.changes += 1;
  });
  /** Answers the newest question, and lets the answer arrive. */
  const answer = async (result: Result<History, ApiError>): Promise<void> => {
    asked.at(-1)?.answer(result);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {world, answers, answer};
}

const empty: History = {series: {}};

describe('the history of a screen', () => {
  test('of many series is read less often, because its answer is larger', async () => {
    const {world, answers, answer} = createWorld();
    const series = ['queueP50Ms', 'queueP95Ms', 'queueP99Ms', 'kvUsageRatio'] as const;
    const many = {...query(3_600_000), series: [...series, ...series, ...series]};
    answers.want(many);
    await answer(ok(empty));
    world.nowMs = 17_000;
    answers.want(many);
    expect(world.asked).toHaveLength(1);
    world.nowMs = 18_000;
    answers.want(many);
    expect(world.asked).toHaveLength(2);
  });

  test('is loading until it is answered, and then names the question', async () => {
    const {world, answers, answer} = createWorld();
    answers.want(query(60_000));
    expect(answers.answer()).toEqual({kind: 'loading'});
    await answer(ok(empty));
    expect(answers.answer()).toEqual({kind: 'loaded', question: query(60_000), history: empty});
    expect(answers.getAnswered()?.question).toEqual(query(60_000));
    expect(world.changes).toBe(1);
  });

  test('is asked for once at a time: of the windows that a key moved through, only the newest is asked next', async () => {
    const {world, answers, answer} = createWorld();
    answers.want(query(60_000, 1_000));
    answers.want(query(60_000, 2_000));
    answers.want(query(60_000, 3_000));
    expect(world.asked).toHaveLength(1);
    await answer(ok(empty));
    expect(world.asked.map((one) => one.query.untilMs)).toEqual([1_000, 3_000]);
    expect(answers.getAnswered()?.question, 'the plot before stays meanwhile').toEqual(query(60_000, 1_000));
    await answer(ok(empty));
    expect(answers.getAnswered()?.question).toEqual(query(60_000, 3_000));
  });

  test('is read again when its window would have another point; one of the past is not', async () => {
    const {world, answers, answer} = createWorld();
    const hour = query(3_600_000);
    answers.want(hour);
    await answer(ok(empty));
    world.nowMs = 5_999;
    answers.want(hour);
    expect(world.asked).toHaveLength(1);
    world.nowMs = 6_000;
    answers.want(hour);
    expect(world.asked).toHaveLength(2);
    await answer(ok(empty));
    answers.want(query(3_600_000, 1_000));
    await answer(ok(empty));
    world.nowMs = 3_600_000;
    answers.want(query(3_600_000, 1_000));
    expect(world.asked).toHaveLength(3);
  });

  test('says why it could not be read, and is asked for again after a while', async () => {
    const {world, answers, answer} = createWorld();
    answers.want(query(60_000));
    await answer(err(gone));
    expect(answers.answer()).toEqual({kind: 'failed', question: query(60_000), error: gone});
    world.nowMs = 2_000;
    answers.want(query(60_000));
    await answer(ok(empty));
    expect(answers.answer()).toMatchObject({kind: 'loaded'});
  });

  test('of an earlier question is not the answer to another one', () => {
    const answer: HistoryAnswer = {kind: 'loaded', question: query(60_000), history: empty};
    expect(answerTo(query(60_000), answer)).toBe(answer);
    expect(answerTo(query(3_600_000), answer)).toEqual({kind: 'loading'});
    expect(answerTo(query(3_600_000), {kind: 'failed', question: query(60_000), error: gone}).kind).toBe('loading');
  });

  test('is forgotten when no screen needs it, also if the answer arrives later', async () => {
    const {answers, answer} = createWorld();
    answers.want(query(60_000));
    answers.want(null);
    await answer(ok(empty));
    expect(answers.answer()).toEqual({kind: 'loading'});
  });
});
