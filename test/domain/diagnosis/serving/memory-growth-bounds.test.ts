import {describe, expect, test} from 'vitest';
import {memoryGrowthOf} from '../../../../src/domain/diagnosis/serving/memory-growth.ts';
import type {MemoryPoint} from '../../../../src/domain/diagnosis/serving/memory-track.ts';
import {MS_PER_HOUR} from '../../../../src/shared/units.ts';

const WINDOW_MS = 600_000;
/** Bytes per ms; thresholds are per hour. */
const LIMIT = 100;
const thresholds = {
  memoryGrowth: {bytesPerHour: LIMIT * MS_PER_HOUR, windowMs: WINDOW_MS},
  resolve: {belowRatio: 0.5, afterMs: 60_000},
};

type Line = {
  readonly slope: number;
  readonly spanMs?: number;
  readonly othersSlope?: number | null;
};

/** Points `stepMs` apart, of memory that grows by `slope` bytes per ms, the newest at the end of the window. */
function points({slope, spanMs = WINDOW_MS, othersSlope = null}: Line, stepMs = 10_000): readonly MemoryPoint[] {
  return Array.from({length: spanMs / stepMs + 1}, (_, index) => {
    const passedMs = index * stepMs;
    const othersBytes = othersSlope === null ? null : passedMs * othersSlope;
    return {atMs: WINDOW_MS - spanMs + passedMs, usedBytes: 1_000_000 + passedMs * slope, othersBytes};
  });
}

function judge(lines: Readonly<Record<number, Line>>, reported: readonly number[] = [], nowMs = WINDOW_MS) {
  const track = new Map(Object.entries(lines).map(([index, line]) => [Number(index), points(line)]));
  return memoryGrowthOf(track, nowMs, thresholds, new Set(reported));
}

describe('one GPU', () => {
  test.each<[string, Line, string]>([
    ['as fast as the threshold, over the whole window', {slope: LIMIT}, 'present'],
    ['a little slower', {slope: LIMIT - 1}, 'between'],
    ['a little faster than what resolves', {slope: LIMIT / 2 + 1}, 'between'],
    ['as slow as what resolves', {slope: LIMIT / 2}, 'gone'],
    ['not at all', {slope: 0}, 'gone'],
    ['by nine tenths of what the threshold gives in a window', {slope: LIMIT, spanMs: 540_000}, 'present'],
    ['by less', {slope: LIMIT, spanMs: 530_000}, 'between'],
    ['five times as fast, for a fifth of the window', {slope: 5 * LIMIT, spanMs: 120_000}, 'present'],
    ['ten times as fast, for less', {slope: 10 * LIMIT, spanMs: 110_000}, 'between'],
    ['for a tenth of the window', {slope: 10 * LIMIT, spanMs: 60_000}, 'between'],
    ['for a shorter time', {slope: 10 * LIMIT, spanMs: 50_000}, 'unknown'],
  ])('that grows %s: %j is %s', (_, line, signal) => {
    expect(judge({0: line}).signal).toBe(signal);
  });

  test.each([
    ['two and a half intervals', WINDOW_MS, 25_000],
    ['five seconds, where the intervals are short', 60_000, 5_000],
  ])('that was not read for more than %s is unknown', (_, windowMs, lateMs) => {
    const track = new Map([[0, points({slope: 10 * LIMIT, spanMs: windowMs}, windowMs / 60)]]);
    const own = {...thresholds, memoryGrowth: {...thresholds.memoryGrowth, windowMs}};
    expect(memoryGrowthOf(track, WINDOW_MS + lateMs, own).signal).not.toBe('unknown');
    expect(memoryGrowthOf(track, WINDOW_MS + lateMs + 1, own)).toEqual({signal: 'unknown', growing: []});
  });

  test('that stopped to grow is judged by the last third of the window', () => {
    const until = (stopMs: number): readonly MemoryPoint[] =>
      points({slope: 0}).map((point) => ({...point, usedBytes: Math.min(point.atMs, stopMs) * 10 * LIMIT}));
    const of = (stopMs: number): string => memoryGrowthOf(new Map([[0, until(stopMs)]]), WINDOW_MS, thresholds).signal;
    expect(of(400_000)).toBe('gone');
    expect(of(580_000)).toBe('present');
  });

  test.each([
    ['half of the growth', LIMIT / 2, 'engine'],
    ['more than half', LIMIT / 2 + 1, 'other-programs'],
    ['none of it', 0, 'engine'],
    ['an unknown part', null, 'unknown'],
  ])('of which other programs have %s', (_, othersSlope, grower) => {
    expect(judge({4: {slope: LIMIT, othersSlope}}).growing).toEqual([
      {
        index: 4,
        bytesPerHour: LIMIT * MS_PER_HOUR,
        usedBytes: 1_000_000 + WINDOW_MS * LIMIT,
        grower,
        spanMs: WINDOW_MS,
      },
    ]);
  });
});

describe('several GPUs', () => {
  const grows: Line = {slope: 2 * LIMIT};
  const slows: Line = {slope: LIMIT - 1};
  const rests: Line = {slope: 0};
  const isNew: Line = {slope: 10 * LIMIT, spanMs: 50_000};

  test.each<[string, Readonly<Record<number, Line>>, string]>([
    ['one grows, whatever the others do', {0: rests, 1: isNew, 2: slows, 3: grows}, 'present'],
    ['one is not known yet, and none grows', {0: rests, 1: slows, 2: isNew}, 'unknown'],
    ['one slows down', {0: rests, 1: slows}, 'between'],
    ['none grows', {0: rests, 1: rests}, 'gone'],
    ['there are none', {}, 'unknown'],
  ])('%s', (_, lines, signal) => {
    expect(judge(lines).signal).toBe(signal);
  });

  test('the fastest comes first', () => {
    const {growing} = judge({0: grows, 1: {slope: 4 * LIMIT}, 2: {slope: 3 * LIMIT}});
    expect(growing.map(({index}) => index)).toEqual([1, 2, 0]);
  });

  test('one that slows down counts if it was reported before, and not once it stopped', () => {
    const lines = {0: slows, 1: slows, 2: rests, 3: grows};
    expect(judge(lines).growing.map(({index}) => index)).toEqual([3]);
    expect(judge(lines, [1, 2]).growing.map(({index}) => index)).toEqual([3, 1]);
  });
});

test('nothing is judged without a threshold', () => {
  const off = {...thresholds, memoryGrowth: {bytesPerHour: null, windowMs: WINDOW_MS}};
  const track = new Map([[0, points({slope: 10 * LIMIT})]]);
  expect(memoryGrowthOf(track, WINDOW_MS, off)).toEqual({signal: 'unknown', growing: []});
});
