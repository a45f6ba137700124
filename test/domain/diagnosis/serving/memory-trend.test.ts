import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {type TimedValue, trendOf} from '../../../../src/domain/diagnosis/serving/memory-trend.ts';
import {MS_PER_HOUR} from '../../../../src/shared/units.ts';

/** Values a second apart. */
const seconds = (...values: readonly number[]): readonly TimedValue[] =>
  values.map((value, second) => ({atMs: second * 1_000, value}));
const perHour = (perSecond: number): number => (perSecond * MS_PER_HOUR) / 1_000;
const line = (count: number, slope: number): readonly TimedValue[] =>
  seconds(...Array.from({length: count}, (_, second) => 50 + slope * second));

describe('a trend', () => {
  test('needs six points, and time between them', () => {
    expect(trendOf([])).toBeNull();
    expect(trendOf(line(5, 2))).toBeNull();
    expect(trendOf(line(6, 2))).toEqual({perHour: perHour(2), spanMs: 5_000, isSteady: true});
    expect(trendOf(Array.from({length: 9}, (_, value) => ({atMs: 7, value})))).toBeNull();
  });

  test('is the median slope: a point that is far off does not change it', () => {
    expect(trendOf(seconds(0, 2, 4, 9_000, 8, 10, 12, 14, 16))?.perHour).toBe(perHour(2));
  });

  test('of two values at one time compares each with the others alone', () => {
    const points = [...line(7, 2), {atMs: 6_000, value: 62}];
    expect(trendOf(points)).toEqual({perHour: perHour(2), spanMs: 6_000, isSteady: true});
  });

  test('of any line is its slope', () => {
    const slopes = fc.integer({min: -1_000, max: 1_000});
    fc.assert(
      fc.property(slopes, fc.integer({min: 6, max: 60}), (slope, count) => {
        expect(trendOf(line(count, slope))).toEqual({
          perHour: expect.closeTo(perHour(slope), 3),
          spanMs: (count - 1) * 1_000,
          isSteady: slope > 0,
        });
      }),
    );
  });
});

/** Six parts of one point each, that change by these amounts from one to the next. */
function parts(...changes: readonly number[]): readonly TimedValue[] {
  const values = [100];
  for (const change of changes) values.push((values.at(-1) ?? 0) + change);
  return seconds(...values);
}

describe('growth is steady', () => {
  test.each([
    ['in every part', [6, 6, 6, 6, 6], true],
    ['in all parts but one', [6, 6, 0, 6, 6], true],
    ['in three of five', [6, 0, 6, 0, 6], false],
    ['in one step', [0, 0, 60, 0, 0], false],
    ['in none', [0, 0, 0, 0, 0], false],
    ['downwards', [-6, -6, -6, -6, -6], false],
    ['with two parts that grow by a little alone', [9, 9, 1, 1, 9], false],
    ['with one part that shrinks', [9, 9, -4, 9, 9], true],
  ])('%s: %j is %s', (_, changes, expected) => {
    expect(trendOf(parts(...changes))?.isSteady).toBe(expected);
  });

  test('by more than a quarter of a part of the whole growth', () => {
    // The median slope is 24 a second, so the whole growth is 120, and that of a part 20.
    expect(trendOf(parts(43, 5, 43, 5, 43))).toMatchObject({perHour: perHour(24), isSteady: false});
    expect(trendOf(parts(43, 6, 43, 6, 43))?.isSteady).toBe(true);
  });

  test('only where at least four parts have points', () => {
    const at = (...times: readonly number[]): readonly TimedValue[] => times.map((atMs) => ({atMs, value: atMs}));
    // Of 6,000 ms in six parts: the first, the last, and one or two between them.
    expect(trendOf(at(0, 10, 20, 2_500, 5_990, 6_000))?.isSteady).toBe(false);
    expect(trendOf(at(0, 10, 1_500, 3_500, 5_990, 6_000))?.isSteady).toBe(true);
  });
});
