import {expect, test} from 'vitest';
import type {HistoryQuery} from '../../../src/api/history.ts';
import {type ObservedNode, observeRequests} from '../../../src/cli/bench/observed-requests.ts';
import {ok} from '../../../src/shared/result.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 28, 12);

/** Answers each question with the cached part that `cachedIn` gives for its time, and notes the times. */
function clientWith(benches: readonly {readonly atMs: number; readonly endedAtMs: number}[]) {
  const asked: {readonly fromHours: number; readonly untilHours: number}[] = [];
  const hoursAgo = (atMs: number): number => (NOW_MS - atMs) / HOUR_MS;
  const client: ObservedNode = {
    getBenches: () => Promise.resolve(ok({benches})),
    getHistory({windowMs, untilMs = NOW_MS}: HistoryQuery) {
      asked.push({fromHours: hoursAgo(untilMs - windowMs), untilHours: hoursAgo(untilMs)});
      const [prompts, cached] = [100, untilMs === NOW_MS ? 10 : 90];
      const points = (value: number) => [{atMs: untilMs, value}];
      const series = {promptTokensPerSecond: points(prompts), cachedPromptTokensPerSecond: points(cached)};
      return Promise.resolve(ok({series}));
    },
  };
  return {asked, client};
}

test('without a benchmark, the whole week counts', async () => {
  const {asked, client} = clientWith([]);
  expect(await observeRequests(client, NOW_MS)).toEqual({promptTokens: null, answerTokens: null, cachedRatio: 0.1});
  expect(asked).toEqual([{fromHours: 168, untilHours: 0}]);
});

test('a benchmark is not what the node is used for: the longest times without one are asked about', async () => {
  const at = (hours: number, minutes: number) => ({
    atMs: NOW_MS - hours * HOUR_MS,
    endedAtMs: NOW_MS - hours * HOUR_MS + minutes * 60_000,
  });
  const {asked, client} = clientWith([at(2, 10), at(3, 10), at(4, 10), at(100, 30)]);
  expect(await observeRequests(client, NOW_MS)).toMatchObject({cachedRatio: 0.9});
  expect(asked).toEqual([
    {fromHours: 99.25, untilHours: 4.25},
    {fromHours: 168, untilHours: 100.25},
    {fromHours: expect.closeTo(1.583, 2), untilHours: 0},
  ]);
});
