import {expect, test} from 'vitest';
import {rowsText, textStyleOf} from '../../src/cli/print-rows.ts';
import type {ThemeChoice} from '../../src/shared/appearance/theme-choices.ts';
import {span} from '../../src/views/drawing/compose.ts';

const environment = {TERM: 'xterm-256color', LANG: 'en_US.UTF-8'};
const plainly = {isAscii: false, theme: 'auto'} as const;
const rows = [[span('FITS', 'ok'), span(' well '), span('   ', 'dim')], [], [span('next')]];

test('a pipe gets text without colors and trailing spaces', () => {
  const style = textStyleOf({isTTY: false}, environment, plainly);
  expect(style).toMatchObject({columns: 80, theme: null});
  expect(rowsText(rows, style)).toBe('FITS well\n\nnext');
});

test('a terminal gets colors, unless NO_COLOR is set', () => {
  const style = textStyleOf({isTTY: true, columns: 200}, environment, plainly);
  expect(style.columns).toBe(80);
  expect(rowsText(rows, style)).toMatch(/^\u001b\[38;5;\d+mFITS\u001b\[0m well\n\nnext$/);
  const refused = {...environment, NO_COLOR: '1'};
  expect(rowsText(rows, textStyleOf({isTTY: true}, refused, plainly))).toBe('FITS well\n\nnext');
});

test('--ascii and a locale without UTF-8 draw in ASCII', () => {
  expect(textStyleOf({isTTY: true}, environment, {...plainly, isAscii: true}).glyphs.name).toBe('ascii');
  expect(textStyleOf({isTTY: true}, {...environment, LANG: 'C'}, plainly).glyphs.name).toBe('ascii');
  expect(textStyleOf({isTTY: true}, environment, plainly).glyphs.name).toBe('unicode');
});

test('a theme that was chosen by name comes before NO_COLOR, and none has no colors', () => {
  const refused = {...environment, NO_COLOR: '1'};
  const printed = (theme: ThemeChoice): string =>
    rowsText([[span('FITS', 'ok')]], textStyleOf({isTTY: true}, refused, {isAscii: false, theme}));
  expect(printed('light')).toMatch(/^\u001b\[38;5;\d+mFITS/);
  expect(printed('light')).not.toBe(printed('dark'));
  expect(printed('none')).toBe('FITS');
  expect(printed('auto')).toBe('FITS');
});
