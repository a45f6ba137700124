import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {AxisUnit} from '../../../src/shared/quantities/axis-units.ts';
import {widthOf} from '../../../src/views/drawing/compose.ts';
import {asciiGlyphs, blockGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {plot} from '../../../src/views/plotting/plot.ts';
import {plotLegend} from '../../../src/views/plotting/plot-legend.ts';
import type {PlotRequest} from '../../../src/views/plotting/plot-request.ts';
import {TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {cellsOf, requestOf, seriesOf} from './plot-of.ts';

const units: readonly AxisUnit[] = ['count', 'tokensPerSecond', 'ratio', 'milliseconds', 'bytes', 'usdPerHour'];
const glyphSets = [unicodeGlyphs, blockGlyphs, asciiGlyphs] as const;
const anyValue = fc.oneof(
  fc.constant(null),
  fc.double(),
  fc.double({min: 0, max: 5_000, noNaN: true}),
  fc.integer({min: -1_000, max: 1_000}),
);
const anySeries = fc
  .record({
    values: fc.array(fc.tuple(anyValue, fc.integer({min: 0, max: 90_000})), {maxLength: 60}),
    shape: fc.constantFrom('area', 'line'),
  })
  .map(({values, shape}) => {
    const points: {atMs: number; value: number | null}[] = [];
    let atMs = TEST_NOW_MS - values.reduce((sum, [, stepMs]) => sum + stepMs, 0);
    for (const [value, stepMs] of values) {
      atMs += stepMs;
      points.push({atMs, value});
    }
    return seriesOf(points, {shape});
  });
const anyMoment = fc.integer({min: TEST_NOW_MS - 3_600_000, max: TEST_NOW_MS + 60_000});
const anyRequest: fc.Arbitrary<PlotRequest> = fc.record({
  series: fc.array(anySeries, {maxLength: 3}),
  unit: fc.constantFrom(...units),
  hasZero: fc.boolean(),
  top: fc.option(fc.double({min: 0, max: 1e6, noNaN: true})),
  limits: fc.array(fc.record({name: fc.string(), value: fc.double(), tone: fc.constant('warning' as const)}), {
    maxLength: 2,
  }),
  marks: fc.array(fc.record({atMs: anyMoment, kind: fc.constantFrom('start', 'failure')}), {maxLength: 4}),
  window: fc.record({
    lengthMs: fc.integer({min: 1, max: 31 * 86_400_000}),
    backMs: fc.oneof(fc.constant(0), fc.integer({min: 0, max: 86_400_000})),
  }),
  nowMs: fc.constant(TEST_NOW_MS),
  cursorMs: fc.option(anyMoment),
  columns: fc.oneof(fc.integer({min: 1, max: 40}), fc.integer({min: 1, max: 300})),
  rows: fc.oneof(fc.integer({min: 1, max: 12}), fc.integer({min: 1, max: 100})),
  glyphs: fc.constantFrom(...glyphSets),
});

describe('every plot', () => {
  test('has exactly its size, whatever the series', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const {rows, summaries} = plot(request);
        expect(rows).toHaveLength(request.rows);
        for (const row of rows) expect(widthOf(row)).toBe(request.columns);
        for (const row of cellsOf(rows)) expect(row).not.toMatch(/NaN|Infinity|undefined/);
        expect(widthOf(plotLegend(request, summaries))).toBeLessThanOrEqual(request.columns);
      }),
    );
  });

  test('in ASCII has nothing else', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const {rows} = plot({...request, glyphs: asciiGlyphs, limits: []});
        for (const row of cellsOf(rows)) expect(row).toMatch(/^[ -~]*$/);
      }),
    );
  });
});

/** Values once a second, one of them above all others. */
const withPeak = fc
  .record({
    values: fc.array(fc.double({min: 0, max: 1_000, noNaN: true}), {minLength: 1, maxLength: 900}),
    at: fc.nat(),
    peak: fc.double({min: 1_001, max: 1e9, noNaN: true}),
  })
  .map(({values, at, peak}) => values.with(at % values.length, peak));
const anySize = {columns: fc.integer({min: 1, max: 200}), rows: fc.integer({min: 2, max: 40})};

describe('the values of a plot', () => {
  test('reach the largest one within a cell, in windows of any length', () => {
    fc.assert(
      fc.property(
        withPeak,
        fc.record({...anySize, glyphs: fc.constantFrom(...glyphSets), shape: fc.constantFrom('area', 'line')}),
        fc.integer({min: 900_000, max: 30 * 86_400_000}),
        (values, {shape, ...size}, lengthMs) => {
          const points = values.map((value, index) => ({
            atMs: TEST_NOW_MS - (values.length - 1 - index) * 1_000,
            value,
          }));
          const most = Math.max(...values);
          const series = seriesOf(points, {shape});
          const {rows, summaries} = plot(requestOf([series], {...size, top: 2 * most, window: {lengthMs, backMs: 0}}));
          expect(summaries[0]?.most).toBe(most);
          const filled = rows
            .slice(0, -1)
            .findIndex((row) => row.some(({text, tone}) => tone === 'accent' && text.trim() !== ''));
          // The scale ends at least at twice the peak, and at most at five times that.
          const reached = rows.length - 1 - filled;
          const top = topOf(most, size.rows - 1);
          const expected = (most / top) * (rows.length - 1);
          expect(reached).toBeGreaterThanOrEqual(Math.floor(expected));
          expect(reached).toBeLessThanOrEqual(Math.ceil(expected) + 1);
        },
      ),
    );
  });

  test('are where something is known, and nowhere else', () => {
    const stretches = fc.array(fc.record({seconds: fc.integer({min: 8, max: 60}), isKnown: fc.boolean()}), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(stretches, fc.constantFrom(...glyphSets), (parts, glyphs) => {
        const known = parts.flatMap(({seconds, isKnown}) => Array.from({length: seconds}, () => isKnown));
        const points = known.map((isKnown, index) => ({
          atMs: TEST_NOW_MS - (known.length - 1 - index) * 1_000,
          value: isKnown ? 0 : null,
        }));
        // A second for each column.
        const columns = known.length + GUTTER;
        const window = {lengthMs: known.length * 1_000, backMs: 0};
        const {rows} = plot(requestOf([seriesOf(points)], {columns, rows: 3, window, glyphs}));
        const bottom = cellsOf(rows)[1] ?? '';
        if (!known.includes(true)) expect(bottom).not.toMatch(/[⠁-⣿▁.]/);
        else expect([...bottom.slice(GUTTER)].map((cell) => cell !== ' ')).toEqual(known);
      }),
    );
  });
});

/** Columns of the scale of tokens per second. */
const GUTTER = 6;

/** The top of the scale of an area up to `most` in a plot with a fixed top of twice that. */
function topOf(most: number, rows: number): number {
  const picture = cellsOf(
    plot(requestOf([seriesOf([{atMs: TEST_NOW_MS, value: 2 * most}])], {columns: 20, rows: rows + 1})).rows,
  );
  const label = /^ *(?<number>[\d.,]+)(?<suffix>[kMGT]?)/.exec(picture[0] ?? '')?.groups;
  const sizes: Readonly<Record<string, number>> = {'': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12};
  return Number(label?.['number']?.replaceAll(',', '')) * (sizes[label?.['suffix'] ?? ''] ?? Number.NaN);
}
