import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {asciiGlyphs, blockGlyphs, type GlyphSet, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {plot} from '../../../src/views/plotting/plot.ts';
import {plotLegend} from '../../../src/views/plotting/plot-legend.ts';
import type {PlotSeries} from '../../../src/views/plotting/plot-request.ts';
import {cellsOf, pictureOf, pointsOf, requestOf, seriesOf} from './plot-of.ts';

const levels = [300, 600, 1_200, 1_900];
const lines = levels.map((level, index) =>
  seriesOf(pointsOf(Array.from({length: 60}, (_, second) => level + 60 * Math.sin(second / 6))), {
    name: `line ${index}`,
    shape: 'line',
  }),
);

/** All lines, of which one alone has points: the same ones wherever it is. */
function onlyLine(place: number, points = lines[2]?.points ?? []): PlotSeries[] {
  return lines.map((line, index) => ({...line, points: index === place ? points : []}));
}

/** The glyph of each line in the legend. */
function samplesOf(glyphs: GlyphSet): string[] {
  const request = requestOf(lines, {glyphs, columns: 300});
  const {summaries} = plot(request);
  const text = cellsOf([plotLegend(request, summaries)]).join('');
  return [...text.matchAll(/(\S) line \d/g)].map((found) => found[1] ?? '');
}

describe.each([unicodeGlyphs, blockGlyphs, asciiGlyphs])('lines of one plot in $plot.form', (glyphs) => {
  test('have a glyph each, which the legend has too', () => {
    const samples = samplesOf(glyphs);
    expect(new Set(samples).size).toBe(lines.length);
    // Its place among the lines is kept: those before it are empty.
    const alone = lines.map((_, place) => cellsOf(plot(requestOf(onlyLine(place), {glyphs})).rows).join('\n'));
    expect(new Set(alone).size).toBe(lines.length);
    for (const [place, sample] of samples.entries())
      if (glyphs.plot.form !== 'braille') expect(alone[place]).toContain(sample);
  });

  test('leave out no value, however it is drawn', () => {
    const values = fc.array(fc.option(fc.integer({min: 0, max: 2_000}), {freq: 3}), {minLength: 1, maxLength: 60});
    fc.assert(
      fc.property(values, fc.integer({min: 0, max: 3}), fc.integer({min: 12, max: 60}), (given, place, columns) => {
        const drawnAt = (at: number): string[] => {
          return cellsOf(plot(requestOf(onlyLine(at, pointsOf(given)), {glyphs, columns, rows: 8})).rows);
        };
        const hasValue = (rows: readonly string[]): boolean[][] =>
          rows.slice(0, -1).map((row) => [...row].map((cell) => cell !== ' '));
        // In the very cells in which the first line is; a thick one has none more.
        expect(hasValue(drawnAt(place))).toEqual(hasValue(drawnAt(0)));
      }),
    );
  });
});

test('lines differ without color', () => {
  expect(pictureOf(requestOf(lines, {columns: 40, rows: 9}))).toMatchInlineSnapshot(`
    "
    |   2k┤⠇⠃⠃⠃⠃⠃⠃⠃⠃⠃⠃⠆⠆⠆⠆⠆⠆⠆⠆⠆⠆⠆⠃⠃⠃⠃⠃⠃⠃⠃⠃⠃⠇⠆|
    |     │                                  |
    |     │    ⢠⣤                    ⣤⣤      |
    |     │⠛⠛⠛⠛⠃ ⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛  ⠛⠛⠛⠛⠛⠛|
    |   1k┤                                  |
    |     │⠄⠂⠂⠂⠂⠂⠂⠂⠂⠂⠄⠄⠄⠄⡄⡀⡀⡀⠄⠄⠄⠄⠂⠂⠂⠂⠂⠂⠂⠂⠂⠆⠄⠄|
    |     │⠤⠤⠤⠤⠒⠒⠒⠤⠤⠤⠤⢄⣀⣀⣀⣀⣀⣀⣀⣀⣀⠤⠤⠤⠤⠔⠒⠒⠢⠤⠤⠤⠤⣀|
    |     │                                  |
    |    0┴┬ -60s ──────────┬ -30s ──────────|
    "
  `);
  expect(pictureOf(requestOf(lines, {columns: 40, rows: 9, glyphs: asciiGlyphs}))).toMatchInlineSnapshot(`
    "
    |   2k+**********************************|
    |     |                                  |
    |     |                                  |
    |     |xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx|
    |   1k+                                  |
    |     |oooooooooooooooooooooooooooooooooo|
    |     |..'''''''...............'''''':...|
    |     |                                  |
    |    0++ -60s ----------+ -30s ----------|
    "
  `);
  expect([unicodeGlyphs, blockGlyphs, asciiGlyphs].map((glyphs) => samplesOf(glyphs).join(' '))).toMatchInlineSnapshot(`
    [
      "⠤ ⠄ ⠶ ⠆",
      "▀ ▒ ░ ▓",
      "' o x *",
    ]
  `);
});
