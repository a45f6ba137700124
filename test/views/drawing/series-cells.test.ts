import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {tableKeys} from '../../../src/tui/keys/keymap.ts';
import {seriesCells} from '../../../src/views/drawing/series-cells.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import type {ViewInput} from '../../../src/views/view-input.ts';
import {buildConsoleData, TEST_NOW_MS} from '../../support/build-snapshot.ts';

type Point = {readonly atMs: number; readonly value: number | null};

function cells(points: readonly Point[], columns: number) {
  const data = buildConsoleData({history: {kvUsageRatio: [...points]}});
  const input: ViewInput = {
    data,
    nowMs: TEST_NOW_MS,
    glyphs: unicodeGlyphs,
    columns,
    rows: 5,
    keyOf: tableKeys.shown,
    options: {},
  };
  return seriesCells(input, 'kvUsageRatio', columns);
}

const at = (second: number, value: number | null): Point => ({atMs: TEST_NOW_MS + second * 1_000, value});

describe('a series as cells', () => {
  test('is the mean of each interval, over the complete history', () => {
    expect(cells([at(0, 1), at(1, 3), at(2, 5), at(3, 7)], 10)).toEqual({values: [2, 6], spanMs: 3_000});
  });

  test('has a gap for unknown values, and zero for zero', () => {
    expect(cells([at(0, null), at(1, null), at(2, 0), at(3, null), at(6, 4)], 10).values).toEqual([null, 0, null, 4]);
  });

  test('uses longer intervals for a longer history', () => {
    const quarter = Array.from({length: 900}, (_, index) => at(index, index));
    const {values, spanMs} = cells(quarter, 36);
    expect(values).toHaveLength(30);
    expect(spanMs).toBe(899_000);
  });

  test('is empty without points or space', () => {
    expect(cells([], 10)).toEqual({values: [], spanMs: 0});
    expect(cells([at(0, 1)], 0)).toEqual({values: [], spanMs: 0});
  });

  test('never has more cells than columns, and none outside what was measured', () => {
    const point = fc.record({second: fc.nat(100_000), value: fc.option(fc.double({min: 0, max: 1, noNaN: true}))});
    fc.assert(
      fc.property(fc.array(point, {maxLength: 60}), fc.integer({min: 1, max: 80}), (points, columns) => {
        const sorted = points.toSorted((a, b) => a.second - b.second).map(({second, value}) => at(second, value));
        const {values} = cells(sorted, columns);
        expect(values.length).toBeLessThanOrEqual(columns);
        const known = sorted.map(({value}) => value).filter((value) => value !== null);
        for (const value of values) {
          if (value === null) continue;
          expect(value).toBeGreaterThanOrEqual(Math.min(...known) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...known) + 1e-9);
        }
      }),
    );
  });

  test('keeps the shape of the past while new points arrive', () => {
    const long = Array.from({length: 60}, (_, index) => at(index, index % 7));
    const before = cells(long.slice(0, 58), 40).values;
    const after = cells(long, 40).values;
    expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
  });
});
