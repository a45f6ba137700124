import {expect, test} from 'vitest';
import {rowsText, textStyleOf} from '../../src/cli/print-rows.ts';
import {span} from '../../src/views/drawing/compose.ts';

const environment = {TERM: 'xterm-256color', LANG: 'en_US.UTF-8'};
const rows = [[span('FITS', 'ok'), span(' well '), span('   ', 'dim')], [], [span('next')]];

test('a pipe gets text without colors and trailing spaces', () => {
  const style = textStyleOf({isTTY: false}, environment, false);
  expect(style).toMatchObject({columns: 80, hasColors: false});
  expect(rowsText(rows, style, environment)).toBe('FITS well\n\nnext');
});

test('a terminal gets colors, unless NO_COLOR is set', () => {
  const style = textStyleOf({isTTY: true, columns: 200}, environment, false);
  expect(style).toMatchObject({columns: 80, hasColors: true});
  expect(rowsText(rows, style, environment)).toMatch(/^\u001b\[38;5;\d+mFITS\u001b\[0m well\n\nnext$/);
  const refused = {...environment, NO_COLOR: '1'};
  expect(rowsText(rows, textStyleOf({isTTY: true}, refused, false), refused)).toBe('FITS well\n\nnext');
});

test('--ascii and a locale without UTF-8 draw in ASCII', () => {
  expect(textStyleOf({isTTY: true}, environment, true).glyphs.name).toBe('ascii');
  expect(textStyleOf({isTTY: true}, {...environment, LANG: 'C'}, false).glyphs.name).toBe('ascii');
  expect(textStyleOf({isTTY: true}, environment, false).glyphs.name).toBe('unicode');
});
