import {expect, test} from 'vitest';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {plot} from '../../../src/views/plotting/plot.ts';
import {extremesText, plotLegend} from '../../../src/views/plotting/plot-legend.ts';
import type {PlotRequest} from '../../../src/views/plotting/plot-request.ts';
import {TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {textOf} from '../draw.ts';
import {pointsOf, requestOf, seriesOf} from './plot-of.ts';

function legendOf(request: PlotRequest): string {
  return textOf(plotLegend(request, plot(request).summaries));
}

const out = seriesOf(pointsOf([1_200, 2_600, 1_900]));
const limits = [{name: 'target', value: 2_000, tone: 'warning'}] as const;
const marks = [
  {atMs: TEST_NOW_MS - 20_000, kind: 'start'},
  {atMs: TEST_NOW_MS - 3_600_000, kind: 'failure'},
] as const;

test('names every glyph of the plot, and the newest value and extremes of each series', () => {
  const request = requestOf([out, seriesOf(pointsOf([7]), {name: 'in', shape: 'line'})], {limits, marks, columns: 160});
  expect(legendOf(request)).toMatchInlineSnapshot(
    `"⣿ out 1,900 tok/s  max 2,600 tok/s  min 1,200 tok/s  ⠤ in 7.0 tok/s  max 7.0 tok/s  min 7.0 tok/s  ╌ target 2,000 tok/s  ↻ start"`,
  );
  expect(legendOf({...request, glyphs: asciiGlyphs})).toMatchInlineSnapshot(
    `"# out 1,900 tok/s  max 2,600 tok/s  min 1,200 tok/s  ' in 7.0 tok/s  max 7.0 tok/s  min 7.0 tok/s  - target 2,000 tok/s  S start"`,
  );
});

test('keeps names and newest values where there is less room', () => {
  const request = requestOf([out], {limits, marks});
  expect(legendOf({...request, columns: 60})).toMatchInlineSnapshot(
    `"⣿ out 1,900 tok/s  max 2,600 tok/s  ╌ target 2,000 tok/s"`,
  );
  expect(legendOf({...request, columns: 30})).toMatchInlineSnapshot(`"⣿ out 1,900 tok/s  ╌ target"`);
});

test('has a dash for a series whose newest value is unknown', () => {
  expect(legendOf(requestOf([seriesOf(pointsOf([5, null]))], {columns: 80}))).toMatchInlineSnapshot(
    `"⣿ out –  max 5.0 tok/s  min 5.0 tok/s"`,
  );
  expect(legendOf(requestOf([seriesOf([])], {columns: 80}))).toMatchInlineSnapshot(`"⣿ out –"`);
});

test('has the values under the cursor', () => {
  const request = requestOf([out], {columns: 26});
  expect(legendOf({...request, cursorMs: TEST_NOW_MS - 800})).toBe('⣿ out 2,600 tok/s');
  expect(legendOf({...request, cursorMs: TEST_NOW_MS})).toBe('⣿ out 1,900 tok/s');
  expect(legendOf({...request, cursorMs: TEST_NOW_MS - 60_000}), 'before the first point').toBe(
    '⣿ out –  max 2,600 tok/s',
  );
  expect(legendOf({...request, cursorMs: TEST_NOW_MS + 10_000}), 'after the last one').toBe('⣿ out –  max 2,600 tok/s');
});

test('the extremes of a series stand in a title, if there are any', () => {
  expect(extremesText('ratio', {least: 0.1, most: 0.62, last: null})).toBe('min 10 %, max 62 %');
  expect(extremesText('ratio', null)).toBe('');
});
