import {describe, expect, test} from 'vitest';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import {plain, type Theme, themeOf} from '../../../src/tui/theme/theme.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildEvents} from '../../support/build-events.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {openedWith, screens} from '../../support/console-screens.ts';
import {cellRoles, drawn, linesWithoutFooter, rolePicture, rolesOf, roleTheme} from './role-picture.ts';

const size = {columns: 80, rows: 24};

const calm = buildConsoleData({events: buildEvents()});
const ready = buildSnapshot();
const findings = [
  buildFinding({severity: 'critical', message: 'GPU 3: GPU is lost.', remedy: 'Reboot the host.'}),
  buildFinding(),
];

function withEngine(change: Partial<typeof ready.engine>, found = findings): ConsoleData {
  const snapshot = buildSnapshot({engine: {...ready.engine, ...change}, findings: found});
  return buildConsoleData({snapshot, events: buildEvents()});
}

/** Every tab of a node that serves, and what is seen of trouble. */
const pictures: readonly (readonly [name: string, data: ConsoleData, keys: readonly string[]])[] = [
  ...screens.flatMap(({name, tab}) =>
    tab === null ? [] : [[name.toLowerCase(), calm, [String(tab.number)]] as const],
  ),
  ['restart', calm, ['R']],
  ['findings', withEngine({}), ['F']],
  ['failed', withEngine({state: 'failed', pid: null, readyAtMs: null}), []],
  ['degraded', withEngine({state: 'degraded'}, [buildFinding()]), []],
];

const themes: readonly (readonly [name: string, theme: Theme])[] = [
  ['dark in true color', themeOf('dark', 'trueColor')],
  ['dark in 256 colors', themeOf('dark', 'cube')],
  ['dark in 16 colors', themeOf('dark', 'sixteen')],
  ['light in true color', themeOf('light', 'trueColor')],
  ['light in 16 colors', themeOf('light', 'sixteen')],
  ['high contrast', themeOf('highContrastDark', 'trueColor')],
  ['no colors', themeOf('dark', 'none')],
];

describe.each(pictures)('%s', (name, data, keys) => {
  const {state, context} = openedWith(data, keys, size);
  const withRoles = drawn(state, context, {theme: roleTheme, glyphs: unicodeGlyphs});

  test('has these roles', async () => {
    await expect(rolePicture(withRoles)).toMatchFileSnapshot(`../../golden/roles/${name}-80x24.txt`);
  });

  test('is written in ASCII', async () => {
    const lines = linesWithoutFooter(drawn(state, context, {theme: roleTheme, glyphs: asciiGlyphs}));
    const text = `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
    expect(text).toMatch(/^[\n -~]*$/);
    await expect(text).toMatchFileSnapshot(`../../golden/ascii/${name}-80x24.txt`);
  });

  test.each(themes)('with the theme %s has the same text, and in each cell the style of its role', (_, theme) => {
    const canvas = drawn(state, context, {theme, glyphs: unicodeGlyphs});
    expect(canvas.texts).toEqual(withRoles.texts);
    const expected = cellRoles(withRoles).map((role) => (role === null ? plain : theme[role]));
    expect(canvas.styles.findIndex((style, index) => style !== expected[index])).toBe(-1);
  });
});

test('every role has these sequences', async () => {
  const rows = [
    ['role', ...themes.map(([name]) => name)],
    ...rolesOf(roleTheme).map((role) => [role, ...themes.map(([, theme]) => parametersOf(theme[role].open))]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../golden/roles/sequences.txt');
});

/** `1;91` of an escape sequence; a dash for none. */
function parametersOf(open: string): string {
  return open === '' ? '-' : open.slice(2, -1);
}
