import {expect, test} from 'vitest';
import {contextSharesOf} from '../../../src/domain/traffic/context-shares.ts';
import {absent} from '../../../src/samples/reading.ts';

const buckets = (...counts: readonly (readonly [number, number])[]) => counts.map(([le, count]) => ({le, count}));
const END = Number.POSITIVE_INFINITY;

test('each context has the part of the prompts that is longer, and the longest is in its bucket', () => {
  const sizes = {
    buckets: buckets([20_000, 80], [50_000, 90], [100_000, 98], [200_000, 100], [END, 100]),
    sum: 0,
    count: 100,
  };
  expect(contextSharesOf(sizes)).toEqual({
    prompts: 100,
    longest: {aboveTokens: 100_000, atMostTokens: 200_000},
    longerThan: [
      // 80 % up to 20,000 and 90 % up to 50,000: 32,768 is 12,768 of 30,000 further.
      {
        contextTokens: 32_768,
        ratio: {
          kind: 'interpolated',
          value: expect.closeTo(0.15744, 5),
          from: expect.closeTo(0.1, 9),
          to: expect.closeTo(0.2, 9),
        },
      },
      {contextTokens: 65_536, ratio: expect.objectContaining({kind: 'interpolated'})},
      {contextTokens: 131_072, ratio: expect.objectContaining({kind: 'interpolated'})},
      {contextTokens: 262_144, ratio: {kind: 'exact', value: 0}},
    ],
  });
});

test('of prompts beyond the last bucket only a limit is known', () => {
  const sizes = {buckets: buckets([20_000, 60], [END, 100]), sum: 0, count: 100};
  const since = contextSharesOf(sizes);
  expect(since).toMatchObject({
    longest: {aboveTokens: 20_000, atMostTokens: null},
    longerThan: Array.from({length: 4}, () => ({ratio: {kind: 'below', value: expect.closeTo(0.4, 9)}})),
  });
});

test('without a prompt, or without sizes, there is no answer', () => {
  expect(contextSharesOf({buckets: buckets([1, 0], [END, 0]), sum: 0, count: 0})).toHaveProperty('absent');
  expect(contextSharesOf(absent('not measured'))).toEqual(absent('not measured'));
});
