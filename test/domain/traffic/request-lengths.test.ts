import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {mergedHistogram} from '../../../src/domain/traffic/distributions/merge-counts.ts';
import {type RequestLengths, requestLengthsOf} from '../../../src/domain/traffic/request-lengths.ts';
import type {HistogramSample} from '../../../src/samples/engine-metrics.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';

const K = 1_024;
/** As vLLM has them for a context of 256K. */
const bounds = [1, 2, 5]
  .flatMap((digit) => [0, 1, 2, 3, 4, 5].map((power) => digit * 10 ** power))
  .filter((le) => le <= 200_000);

function histogramOf(sizes: readonly number[], edges: readonly number[] = bounds): HistogramSample {
  const ascending = edges.toSorted((a, b) => a - b);
  const buckets = [...ascending, Number.POSITIVE_INFINITY].map((le) => ({
    le,
    count: sizes.filter((size) => size <= le).length,
  }));
  return {buckets, sum: sizes.reduce((sum, size) => sum + size, 0), count: sizes.length};
}

function lengthsOf(prompts: HistogramSample, answers: HistogramSample): RequestLengths {
  const lengths = requestLengthsOf(prompts, answers);
  if (isAbsent(lengths)) throw new Error(lengths.absent);
  return lengths;
}

describe('requestLengthsOf', () => {
  test('bounds the longest request, the p99, and what each context refuses', () => {
    const prompts = histogramOf([...Array.from({length: 199}, () => 9_000), 90_000]);
    const answers = histogramOf([...Array.from({length: 199}, () => 900), 9_000]);
    expect(lengthsOf(prompts, answers)).toEqual({
      requests: 200,
      longest: {aboveTokens: 50_000, atMostTokens: 110_000},
      p99: {aboveTokens: 5_000, atMostTokens: 11_000},
      refused: [
        {contextTokens: 32 * K, atLeast: 1, atMost: 1},
        {contextTokens: 64 * K, atLeast: 0, atMost: 1},
        {contextTokens: 128 * K, atLeast: 0, atMost: 0},
        {contextTokens: 256 * K, atLeast: 0, atMost: 0},
      ],
    });
  });

  test('what a context is too short for is known where a bucket begins there', () => {
    const {refused} = lengthsOf(histogramOf([70_000, 10, 10], [32 * K, 64 * K]), histogramOf([5, 5, 5]));
    expect(refused.find(({contextTokens}) => contextTokens === 64 * K)).toMatchObject({atLeast: 1, atMost: 1});
  });

  test('beyond the last bucket nothing limits a request', () => {
    const {longest, refused} = lengthsOf(histogramOf([250_000, 10]), histogramOf([10, 10]));
    expect(longest).toEqual({aboveTokens: 200_000, atMostTokens: null});
    expect(refused.at(-1)).toEqual({contextTokens: 256 * K, atLeast: 0, atMost: 1});
  });

  test('without answers there is no upper bound, and without prompts nothing', () => {
    const lengths = requestLengthsOf(histogramOf([40_000]), absent('the engine counts none'));
    expect(lengths).toMatchObject({longest: {aboveTokens: 20_000, atMostTokens: null}, p99: {atMostTokens: null}});
    expect(isAbsent(lengths) ? [] : lengths.refused.map(({atMost}) => atMost)).toEqual([null, null, null, null]);
    expect(requestLengthsOf(absent('none'), histogramOf([1]))).toEqual({absent: 'none'});
    expect(isAbsent(requestLengthsOf(histogramOf([]), histogramOf([])))).toBe(true);
  });

  test('holds for every pairing of prompts and answers, also of engines with other buckets', () => {
    const size = fc.oneof(fc.nat({max: 3_000}), fc.nat({max: 300_000}));
    const others = [4 * K, 32 * K, 64 * K, 200_000];
    fc.assert(
      fc.property(fc.array(fc.tuple(size, size), {minLength: 1, maxLength: 60}), fc.nat({max: 60}), (pairs, cut) => {
        const merged = (of: (pair: readonly [number, number]) => number) => {
          const sizes = pairs.map(of);
          const parts = [histogramOf(sizes.slice(0, cut)), histogramOf(sizes.slice(cut), others)];
          return mergedHistogram(
            parts.map(({buckets, sum}) => ({
              bounds: buckets.map(({le}) => le),
              counts: buckets.map(({count}, place) => count - (buckets[place - 1]?.count ?? 0)),
              sum,
            })),
          );
        };
        const lengths = lengthsOf(
          merged(([prompt]) => prompt),
          merged(([, answer]) => answer),
        );
        const totals = pairs.map(([prompt, answer]) => prompt + answer).toSorted((a, b) => a - b);
        const isWithin = (tokens: number, {aboveTokens, atMostTokens}: RequestLengths['p99']): boolean =>
          (tokens > aboveTokens || aboveTokens === 0) && tokens <= (atMostTokens ?? Number.POSITIVE_INFINITY);
        expect(isWithin(totals.at(-1) ?? 0, lengths.longest)).toBe(true);
        expect(isWithin(totals[Math.ceil(0.99 * totals.length) - 1] ?? 0, lengths.p99)).toBe(true);
        for (const {contextTokens, atLeast, atMost} of lengths.refused) {
          const refused = totals.filter((tokens) => tokens > contextTokens).length;
          expect(refused).toBeGreaterThanOrEqual(atLeast);
          expect(refused).toBeLessThanOrEqual(atMost ?? Number.POSITIVE_INFINITY);
        }
      }),
      {numRuns: 100},
    );
  });
});
