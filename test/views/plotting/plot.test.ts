import {describe, expect, test} from 'vitest';
import {asciiGlyphs, blockGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {plot} from '../../../src/views/plotting/plot.ts';
import {TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {cellsOf, pictureOf, pointsOf, requestOf, seriesOf} from './plot-of.ts';

const minute = (valueAt: (second: number) => number | null) => pointsOf(Array.from({length: 60}, (_, s) => valueAt(s)));
const hill = minute((second) => 1_000 + 900 * Math.sin(second / 10));
const line = {shape: 'line', tone: 'ok'} as const;

describe('a plot of an area', () => {
  test('has values in dots, a scale at its side and times below it', () => {
    expect(pictureOf(requestOf([seriesOf(hill)]))).toMatchInlineSnapshot(`
      "
      |   2k┤   ⢀⣠⣤⣶⣶⣶⣦⣄⡀                  |
      |     │ ⣠⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣄⡀               |
      |   1k┤⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣦⡀             |
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣄⡀       ⢀⣴⡆|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣦⣤⣤⣤⣶⣾⣿⣿⡇|
      |    0┴┬ -60s ────────┬ -30s ────────|
      "
    `);
    expect(pictureOf(requestOf([seriesOf(hill)], {columns: 76, rows: 10}))).toMatchInlineSnapshot(`
      "
      | 2.0k┤             ⣀⣀⣠⣤⣤⣤⣤⣤⣤⣄⣀⡀                                             |
      |     │        ⢀⣠⣴⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣶⣤⣀⡀                                        |
      | 1.5k┤     ⣀⣤⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣆⣀                                     |
      |     │  ⢠⣴⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣤⣀⡀                                 |
      | 1.0k┤⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣦⡄                               |
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣤⣀                           ⡀|
      | 0.5k┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣧⣄⡀                   ⢀⣠⣤⣶⡇|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣶⣤⣀⡀          ⣀⣀⣤⣴⣾⣿⣿⣿⡇|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣶⣶⣶⣶⣶⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇|
      |    0┴┬ -60s ─────┬ -50s ────┬ -40s ─────┬ -30s ─────┬ -20s ────┬ -10s ─────|
      "
    `);
  });

  test('has eighths of a cell, or characters of a limited terminal, in the other forms', () => {
    expect(pictureOf(requestOf([seriesOf(hill)], {glyphs: blockGlyphs}))).toMatchInlineSnapshot(`
      "
      |   2k┤   ▁▃▅▆▆▆▅▄▂                  |
      |     │ ▃▆█████████▇▄▁               |
      |   1k┤███████████████▅▂             |
      |     │█████████████████▆▃        ▁▄▆|
      |     │████████████████████▆▄▃▃▄▅▇███|
      |    0┴┬ -60s ────────┬ -30s ────────|
      "
    `);
    expect(pictureOf(requestOf([seriesOf(hill)], {glyphs: asciiGlyphs}))).toMatchInlineSnapshot(`
      "
      |   2k+   ..:::::..                  |
      |     | .###########:.               |
      |   1k+###############:.             |
      |     |##################:.       .:#|
      |     |#####################:::::####|
      |    0++ -60s --------+ -30s --------|
      "
    `);
  });

  test('has no scale where there is hardly room for values, and no times in a single row', () => {
    expect(pictureOf(requestOf([seriesOf(hill)], {columns: 12, rows: 3}))).toMatchInlineSnapshot(`
      "
      |⣴⣾⣿⣶⣦⡀      |
      |⣿⣿⣿⣿⣿⣿⣷⣤⣄⣤⣶⡆|
      |┬ -60s ─────|
      "
    `);
    expect(pictureOf(requestOf([seriesOf(hill)], {columns: 12, rows: 1}))).toMatchInlineSnapshot(`
      "
      |⣶⣿⣿⣿⣶⣦⣤⣄⣀⣀⣤⡄|
      "
    `);
    expect(pictureOf(requestOf([seriesOf(hill)], {columns: 1, rows: 1}))).toMatchInlineSnapshot(`
      "
      |⡆|
      "
    `);
  });
});

describe('what is unknown', () => {
  const failing = minute((second) => (second > 20 && second < 35 ? null : second > 40 ? 0 : 700));

  test('is a gap, and zero is not', () => {
    expect(pictureOf(requestOf([seriesOf(failing)]))).toMatchInlineSnapshot(`
      "
      |  800┤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤       ⣤⣤⣤          |
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿       ⣿⣿⣿          |
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿       ⣿⣿⣿          |
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿       ⣿⣿⣿          |
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿       ⣿⣿⣿⣀⣀⣀⣀⣀⣀⣀⣀⣀⡀|
      |    0┴┬ -60s ────────┬ -30s ────────|
      "
    `);
    expect(pictureOf(requestOf([seriesOf(failing, line)]))).toMatchInlineSnapshot(`
      "
      |  800┤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤       ⠤⠤⠤⡀         |
      |     │                    ⡇         |
      |     │                    ⡇         |
      |     │                    ⡇         |
      |     │                    ⣇⣀⣀⣀⣀⣀⣀⣀⣀⡀|
      |    0┴┬ -60s ────────┬ -30s ────────|
      "
    `);
  });

  test('is a gap where points are missing, but not where one comes late', () => {
    const silent = hill.filter((_, second) => second < 20 || second > 30 || second === 25);
    expect(pictureOf(requestOf([seriesOf(silent)]))).toMatchInlineSnapshot(`
      "
      |   2k┤   ⢀⣠⣤⣶⣶⣶⡆                    |
      |     │ ⣠⣶⣿⣿⣿⣿⣿⣿⡇  ⡇                 |
      |   1k┤⣾⣿⣿⣿⣿⣿⣿⣿⣿⡇  ⡇  ⣦⡀             |
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇  ⡇  ⣿⣿⣷⣄⡀       ⢀⣴⡆|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇  ⡇  ⣿⣿⣿⣿⣿⣷⣦⣤⣤⣤⣶⣾⣿⣿⡇|
      |    0┴┬ -60s ────────┬ -30s ────────|
      "
    `);
    const late = hill.filter((_, second) => second !== 20 && second !== 21);
    expect(cellsOf(plot(requestOf([seriesOf(late)])).rows).at(-2)).not.toMatch(/│.*[⠀-⣿] +[⠀-⣿]/);
  });

  test('is named where nothing is known, without a scale that would be invented', () => {
    const nothing = pictureOf(requestOf([seriesOf([])]));
    expect(nothing).toMatchInlineSnapshot(`
      "
      |     │                              |
      |     │                              |
      |     │           no data            |
      |     │                              |
      |     │                              |
      |     ┴┬ -60s ────────┬ -30s ────────|
      "
    `);
    expect(pictureOf(requestOf([seriesOf(minute(() => null))]))).toBe(nothing);
    expect(pictureOf(requestOf([]))).toBe(nothing);
    expect(pictureOf(requestOf([seriesOf(minute(() => Number.NaN))]))).toBe(nothing);
    expect(pictureOf(requestOf([seriesOf(minute((s) => (s % 2 === 0 ? Infinity : -Infinity)))]))).toBe(nothing);
  });
});

describe('a plot of two series', () => {
  test('draws the second one over the first: its cells have nothing of the first', () => {
    const low = minute((second) => 600 + 300 * Math.cos(second / 9));
    const both = [seriesOf(hill), seriesOf(low, {...line, name: 'in'})];
    expect(pictureOf(requestOf(both, {columns: 60, rows: 9}))).toMatchInlineSnapshot(`
      "
      |   2k┤         ⢀⣠⣤⣤⣤⣤⣤⣤⣄⣀⡀                                  |
      |     │      ⣀⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣦⣀                               |
      |     │  ⢀⣠⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣤⣀                            |
      |     │⣠⣴⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣧⣄⡀                         |
      |   1k┤⠒⠒⠒⠢⠤⠤⠤⣀⡀⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣧⣄           ⣀⣀⡠⠤⠤⠔⠒⠒⠒⠒⠒⠂|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⠈⠉⠑⠒⠢⠤⣀⣀⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣤⣀ ⣀⡠⠤⠔⠒⠉⠉         ⣀⣤⡆|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⠉⠑⠒⠒⠢⠤⠤⠤⠤⠤⠤⠤⠤⠤⠔⠒⠒⠉⠉⣦⣄⡀         ⢀⣠⣶⣿⣿⣿⡇|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣶⣶⣶⣶⣶⣾⣿⣿⣿⣿⣿⣿⣿⡇|
      |    0┴┬ -60s ───────┬ -45s ──────┬ -30s ───────┬ -15s ──────|
      "
    `);
    expect(pictureOf(requestOf(both, {columns: 60, rows: 9, glyphs: asciiGlyphs}))).toMatchInlineSnapshot(`
      "
      |   2k+         ...:::::.                                    |
      |     |      .:############:..                               |
      |     |  .::###################:.                            |
      |     |:##########################.                          |
      |   1k+''''.....####################:.           .....'''''''|
      |     |########'''''....###############:. ...''''         .:#|
      |     |#################''''........'''''':.          .::####|
      |     |########################################::::##########|
      |    0++ -60s -------+ -45s ------+ -30s -------+ -15s ------|
      "
    `);
    const tones = plot(requestOf(both, {columns: 60, rows: 9}))
      .rows.flat()
      .map(({tone}) => tone);
    expect(new Set(tones)).toEqual(new Set(['dim', 'accent', 'ok']));
  });

  test('has one scale for both', () => {
    const high = minute(() => 5_000);
    expect(pictureOf(requestOf([seriesOf(hill), seriesOf(high, line)]))).toContain('5k┤');
  });
});

describe('limits, marks and the cursor', () => {
  const limits = [{name: 'target', value: 1_500, tone: 'warning'}] as const;
  const marks = [
    {atMs: TEST_NOW_MS - 40_000, kind: 'failure'},
    {atMs: TEST_NOW_MS - 30_000, kind: 'start'},
  ] as const;
  const failing = minute((second) => (second > 19 && second < 35 ? null : 900));

  test('are lines that leave the values visible', () => {
    const request = requestOf([seriesOf(failing)], {limits, marks, columns: 50, rows: 7});
    expect(pictureOf(request)).toMatchInlineSnapshot(`
      "
      | 1.5k┤╌╌╌╌╌╌╌╌╌╌╌╌╌×╌╌╌╌╌╌╌↻╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌|
      |     │             ┊       ┊                      |
      |     │⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⡆      ┊   ⢰⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⡆|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿┊⡇      ┊   ⢸⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿┊⡇      ┊   ⢸⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿┊⡇      ┊   ⢸⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇|
      |    0┴┬ -60s ───────────────┬ -30s ───────────────|
      "
    `);
    expect(pictureOf({...request, glyphs: asciiGlyphs})).toMatchInlineSnapshot(`
      "
      | 1.5k+-------------X-------S----------------------|
      |     |             |       |                      |
      |     |::::::::::::::       |   :::::::::::::::::::|
      |     |#############|       |   ###################|
      |     |#############|       |   ###################|
      |     |#############|       |   ###################|
      |    0++ -60s ---------------+ -30s ---------------|
      "
    `);
    const through = requestOf([seriesOf(hill)], {limits: [{...limits[0], value: 500}]});
    expect(pictureOf(through)).toMatchInlineSnapshot(`
      "
      |   2k┤   ⢀⣠⣤⣶⣶⣶⣦⣄⡀                  |
      |     │ ⣠⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣄⡀               |
      |   1k┤⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣦⡀             |
      |     │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌⣷⣄⡀╌╌╌╌╌╌╌⢀⣴⡆|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⣦⣤⣤⣤⣶⣾⣿⣿⡇|
      |    0┴┬ -60s ────────┬ -30s ────────|
      "
    `);
  });

  test('a limit far above the values does not flatten them', () => {
    const far = requestOf([seriesOf(hill)], {limits: [{...limits[0], value: 1e6}]});
    expect(pictureOf(far)).toBe(pictureOf(requestOf([seriesOf(hill)])));
    expect(pictureOf(requestOf([seriesOf(hill)], {limits: [{...limits[0], value: 4_000}]}))).toContain('4k┤╌╌╌');
  });

  test('the cursor is in the column of its moment', () => {
    const request = requestOf([seriesOf(failing)], {cursorMs: TEST_NOW_MS - 30_000});
    expect(pictureOf(request)).toMatchInlineSnapshot(`
      "
      |1,000┤⣤⣤⣤⣤⣤⣤⣤⣤⣤⡄    ┃  ⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⡄|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇    ┃  ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇|
      |  500┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇    ┃  ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇    ┃  ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇|
      |     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇    ┃  ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇|
      |    0┴┬ -60s ────────┬ -30s ────────|
      "
    `);
    expect(pictureOf(requestOf([seriesOf(failing)], {cursorMs: TEST_NOW_MS - 3_600_000}))).not.toContain('┃');
  });

  test('a failure covers a start in the same column', () => {
    const together = [
      {atMs: TEST_NOW_MS - 30_000, kind: 'failure'},
      {atMs: TEST_NOW_MS - 29_900, kind: 'start'},
    ] as const;
    const picture = pictureOf(requestOf([seriesOf(failing)], {marks: together}));
    expect(picture).toContain('×');
    expect(picture).not.toContain('↻');
  });
});

describe('values of every kind', () => {
  test('below zero hang from it', () => {
    const around = minute((second) => 500 * Math.sin(second / 10));
    expect(pictureOf(requestOf([seriesOf(around)], {rows: 8}))).toMatchInlineSnapshot(`
      "
      |  500┤    ⣠⣶⣿⣿⣿⣶⣄⡀                  |
      |     │  ⣠⣾⣿⣿⣿⣿⣿⣿⣿⣿⣆                 |
      |     │⢀⣼⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⡄               |
      |    0┤⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠛⠲⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⣶⡆|
      |     │                ⠙⢿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇|
      |     │                  ⠻⣿⣿⣿⣿⣿⣿⣿⣿⡿⠋ |
      |     │                   ⠈⠛⠿⣿⣿⡿⠟⠋   |
      | -500┴┬ -60s ────────┬ -30s ────────|
      "
    `);
    expect(pictureOf(requestOf([seriesOf(around)], {rows: 8, glyphs: blockGlyphs}))).toMatchInlineSnapshot(`
      "
      |  500┤    ▄▆███▇▄▁                  |
      |     │  ▄█████████▅                 |
      |     │▂▇████████████▃               |
      |    0┤▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▅▅▅▅▅▅▅▅▅▅▅▅▅▅|
      |     │                ▀█████████████|
      |     │                 ▀██████████▀ |
      |     │                   ▀▀█████▀   |
      | -500┴┬ -60s ────────┬ -30s ────────|
      "
    `);
    expect(pictureOf(requestOf([seriesOf(around)], {rows: 8, glyphs: asciiGlyphs}))).toMatchInlineSnapshot(`
      "
      |  500+    .:###::                   |
      |     |  :#########:                 |
      |     |.#############.               |
      |    0+###############:::::::::::::::|
      |     |                ##############|
      |     |                  ########### |
      |     |                   '######'   |
      | -500++ -60s --------+ -30s --------|
      "
    `);
  });

  test('one point is one point', () => {
    expect(pictureOf(requestOf([seriesOf(pointsOf([42]))]))).toMatchInlineSnapshot(`
      "
      |   50┤                             ⡀|
      |     │                             ⡇|
      |   25┤                             ⡇|
      |     │                             ⡇|
      |     │                             ⡇|
      |    0┴┬ -60s ────────┬ -30s ────────|
      "
    `);
  });

  test('a scale without zero shows small changes, but no noise', () => {
    const growing = minute((second) => 1_000 * 1024 ** 3 * (1 + second / 1_000));
    const bytes = {unit: 'bytes', hasZero: false, columns: 40} as const;
    expect(pictureOf(requestOf([seriesOf(growing, line)], bytes))).toMatchInlineSnapshot(`
      "
      |1,100 GiB┤                              |
      |         │                              |
      |1,050 GiB┤                   ⢀⣀⣀⠤⠤⠔⠒⠒⠊⠉⠁|
      |         │         ⣀⣀⡠⠤⠤⠒⠒⠒⠉⠉⠁          |
      |         │⣀⠤⠤⠔⠒⠒⠊⠉⠉                     |
      |1,000 GiB┴┬ -60s ────────┬ -30s ────────|
      "
    `);
    const steady = minute((second) => 1_000 * 1024 ** 3 + second);
    expect(pictureOf(requestOf([seriesOf(steady, line)], bytes))).toMatchInlineSnapshot(`
      "
      |1,020 GiB┤                              |
      |         │                              |
      |         │                              |
      |         │⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠂|
      |         │                              |
      |  990 GiB┴┬ -60s ────────┬ -30s ────────|
      "
    `);
  });

  test('a scale with a fixed top has it, whatever the values', () => {
    expect(pictureOf(requestOf([seriesOf(minute(() => 0.1))], {unit: 'ratio', top: 1}))).toContain('100 %┤');
    expect(pictureOf(requestOf([seriesOf(minute(() => 1.2))], {unit: 'ratio', top: 1}))).toContain('150 %┤');
  });
});

describe('over time', () => {
  const long = pointsOf(Array.from({length: 900}, (_, index) => 100 + (index % 37)));

  test('a peak of one second is as high in a window of a day as in one of a minute', () => {
    const day = Array.from({length: 86_400}, (_, second) => (second === 40_000 ? 2_000 : 100));
    const request = requestOf([seriesOf(pointsOf(day))], {window: {lengthMs: 86_400_000, backMs: 0}});
    expect(pictureOf({...request, columns: 60})).toMatchInlineSnapshot(`
      "
      |   2k┤                        ⡇                             |
      |     │                        ⡇                             |
      |   1k┤                        ⡇                             |
      |     │                        ⡇                             |
      |     │⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣧⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⡄|
      |    0┴────────────┬ 18:00 ──────┬ 11-23 ─────┬ 06:00 ──────┬|
      "
    `);
  });

  test('the past keeps its shape: it moves by whole cells', () => {
    const request = requestOf([seriesOf(long)], {window: {lengthMs: 900_000, backMs: 0}, columns: 51});
    const cellMs = 20_000;
    const before = cellsOf(plot(request).rows).map((row) => row.slice(6));
    for (const laterMs of [1_000, 7_000, 19_000]) {
      const later = cellsOf(plot({...request, nowMs: TEST_NOW_MS + laterMs}).rows).map((row) => row.slice(6));
      const moved = Math.floor((TEST_NOW_MS + laterMs) / cellMs) - Math.floor(TEST_NOW_MS / cellMs);
      const past = later.slice(0, -1).map((row) => row.slice(0, row.length - moved));
      expect(past).toEqual(before.slice(0, -1).map((row) => row.slice(moved)));
      expect(later.at(-1), 'the times stand still').toBe(before.at(-1));
    }
  });

  test('a window of the past, or a long one, has the time of day', () => {
    const back = requestOf([seriesOf(long)], {window: {lengthMs: 300_000, backMs: 300_000}, columns: 60});
    expect(cellsOf(plot(back).rows).at(-1)).toMatchInlineSnapshot(
      `"    0┴─────────────────────┬ 11:52 ──────────────┬ 11:54 ───"`,
    );
    const month = requestOf([seriesOf(long)], {window: {lengthMs: 30 * 86_400_000, backMs: 0}, columns: 80});
    expect(cellsOf(plot(month).rows).at(-1)).toMatchInlineSnapshot(
      `"    0┴──────────┬ 10-29 ─────────┬ 11-05 ──────────┬ 11-12 ─────────┬ 11-19 ────"`,
    );
    const threeDays = requestOf([seriesOf(long)], {window: {lengthMs: 3 * 86_400_000, backMs: 0}, columns: 100});
    expect(cellsOf(plot(threeDays).rows).at(-1)).toMatchInlineSnapshot(
      `"    0┴──────────────┬ 11-21 ────────┬ 12:00 ────────┬ 11-22 ───────┬ 12:00 ────────┬ 11-23 ────────┬"`,
    );
  });

  test('one plot of one version of its series is drawn once', () => {
    const request = requestOf([seriesOf(long), seriesOf(hill, line)]);
    const first = plot(request);
    expect(plot({...request, glyphs: {...unicodeGlyphs}})).toBe(first);
    expect(plot({...request, series: [seriesOf(long), seriesOf([...hill], line)]})).not.toBe(first);
    for (const change of [
      {columns: 37},
      {rows: 7},
      {nowMs: TEST_NOW_MS + 5_000},
      {glyphs: asciiGlyphs},
      {cursorMs: TEST_NOW_MS},
      {top: 9_000},
      {window: {lengthMs: 120_000, backMs: 0}},
      {marks: [{atMs: TEST_NOW_MS, kind: 'failure'}]},
    ] as const) {
      expect(plot({...request, ...change}), JSON.stringify(change)).not.toBe(plot(request));
    }
  });

  test('summaries have the extremes of the window, and the newest value', () => {
    const {summaries} = plot(requestOf([seriesOf(long), seriesOf([])]));
    expect(summaries).toEqual([{least: 100, most: 136, last: 100 + (899 % 37)}, null]);
    const ended = plot(requestOf([seriesOf(pointsOf([5, 7, null]))]));
    expect(ended.summaries).toEqual([{least: 5, most: 7, last: null}]);
  });
});
