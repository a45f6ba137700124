import fc from 'fast-check';
import {expect, test} from 'vitest';
import {createCanvas, writeText} from '../../../src/tui/canvas/canvas.ts';
import {svgPicture} from '../../../src/tui/saving/svg-picture.ts';
import {darkPaper, lightPaper} from '../../../src/tui/theme/paper.ts';
import {plain, type Style, themeOf} from '../../../src/tui/theme/theme.ts';

const theme = themeOf('dark', 'cube');

function pictureOf(...texts: readonly (readonly [string, Style])[]): string {
  const canvas = createCanvas({columns: 30, rows: 2});
  let column = 0;
  for (const [text, style] of texts) column = writeText(canvas, 0, column, text, style);
  return svgPicture(canvas, {title: 'gantry: a & b', paper: darkPaper});
}

/** The texts of a picture, each with the cell it begins in and the cells it takes. */
function textsOf(svg: string) {
  const found = svg.matchAll(/<text x="([\d.]+)" y="(\d+)" textLength="([\d.]+)"[^>]*>([^<]*)<\/text>/g);
  return [...found].map(([, x, , length, text]) => [
    Math.round((Number(x) - 10) / 8.4),
    Math.round(Number(length) / 8.4),
    text,
  ]);
}

test('every run is in its cells, with its color; spaces around it are not drawn', () => {
  const svg = pictureOf(['  ready ', theme.ok], ['at last', plain]);
  expect(textsOf(svg)).toEqual([
    [2, 5, 'ready'],
    [8, 7, 'at last'],
  ]);
  expect(svg).toContain(`fill="${theme.ok.color}">ready<`);
  expect(svg).toMatch(/lengthAdjust="spacingAndGlyphs">at last</);
});

test('wide characters take two cells, and marks of XML are escaped', () => {
  const svg = pictureOf(['模型', plain], ['<a & "b">', theme.critical]);
  expect(textsOf(svg)).toEqual([
    [0, 4, '模型'],
    [4, 9, '&lt;a &amp; &quot;b&quot;&gt;'],
  ]);
  expect(svg).toContain('<title>gantry: a &amp; b</title>');
});

test('braille is drawn as its dots, in their places, and not as text', () => {
  // Dots 1 and 8: the first and the last of the cell.
  const svg = pictureOf(['a\u2881\u2800', theme.ok]);
  expect(textsOf(svg)).toEqual([[0, 1, 'a']]);
  const places = [...svg.matchAll(/<path stroke="[^"]*" d="([^"]*)"\/>/g)].map(([, path = '']) =>
    [...path.matchAll(/m([-\d.]+) ([-\d.]+)h0/g)].map(([, right, down]) => [Number(right), Number(down)]),
  );
  // A quarter of the second cell and an eighth of its row; from there half a cell and three quarters of a row further.
  expect(places).toEqual([
    [
      [20.5, 12.1],
      [4.2, 12.8],
    ],
  ]);
});

test('a background is a rectangle, and inverse text has the colors of the paper', () => {
  const inverse: Style = {open: '\u001b[7m', color: null, background: null, isInverse: true, isBold: true};
  const svg = pictureOf(['SIM', theme.simulated], ['on', inverse]);
  expect(svg).toContain(`<rect x="10" y="10" width="25.2" height="17" fill="${theme.simulated.background}"/>`);
  expect(svg).toContain(`width="16.8" height="17" fill="${darkPaper.text}"/>`);
  expect(svg).toContain(`fill="${darkPaper.background}" font-weight="bold">on</text>`);
});

test('the picture has the size of the screen, and the paper that is asked for', () => {
  const svg = svgPicture(createCanvas({columns: 80, rows: 24}), {title: 'empty', paper: lightPaper});
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="692" height="428" viewBox="0 0 692 428"/);
  expect(svg).toContain(`fill="${lightPaper.background}"`);
  expect(svg).not.toContain('<text');
});

test('whatever is on the screen, the document is well formed: tags are balanced and no mark is left raw', () => {
  fc.assert(
    fc.property(fc.array(fc.string({unit: 'grapheme', maxLength: 12}), {maxLength: 4}), (texts) => {
      const svg = pictureOf(...texts.map((text) => [text.replace(/\p{C}/gu, ' '), theme.warning] as const));
      const content = [...svg.matchAll(/>([^<]*)</g)].map(([, text]) => text ?? '').join('');
      expect(content.replace(/&(?:amp|lt|gt|quot);/g, '')).not.toMatch(/[&<>]/);
      expect(svg.match(/<text/g)?.length ?? 0).toBe(svg.match(/<\/text>/g)?.length ?? 0);
      expect(svg.endsWith('</svg>\n')).toBe(true);
    }),
  );
});
