import {expect, test} from 'vitest';
import {screens} from '../../../src/tui/screens/all-screens.ts';
import {footerRow} from '../../../src/tui/shell/footer-row.ts';
import {allKeys, keysNow} from '../../../src/tui/shell/shell-keys.ts';
import type {Row} from '../../../src/views/rows.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {openedState, overview, pressed, screenContext} from '../../support/console-screens.ts';

const curable = buildConsoleData({
  snapshot: buildSnapshot({findings: [buildFinding({settingsChange: {contextLengthTokens: 65_536}})]}),
});
const openingKeys = screens.flatMap(({opener}) => opener?.keys ?? []);
const everyState = [openedState, ...openingKeys.map((key) => pressed([key], screenContext(curable)).state)];

test('every screen of the registry opens with its key', () => {
  expect(everyState.map(({cover}) => cover?.screen.name)).toEqual([undefined, ...screens.map(({name}) => name)]);
});

test.each(everyState)('no key has two meanings, and Esc and Ctrl+C work: $cover.screen.name', (state) => {
  const keys = keysNow(state, screens).flatMap((line) => line.keys);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toEqual(expect.arrayContaining(['escape', 'ctrl+c', 'ctrl+l']));
});

test('the help has every key of every screen, each once', () => {
  const all = allKeys(overview, screens).map(({shown, description}) => `${shown}: ${description}`);
  expect(new Set(all).size).toBe(all.length);
  for (const state of everyState) {
    for (const {shown, description} of keysNow(state, screens)) expect(all).toContain(`${shown}: ${description}`);
  }
});

test('the footer shows the enabled keys, with help and exit first', () => {
  const stopped = buildConsoleData({snapshot: buildSnapshot({engine: {state: 'stopped'}})});
  const footer = (state = openedState, data = stopped, columns = 100): string =>
    textOf(footerRow({state, screens, context: screenContext(data), columns}));
  const ready = footer(openedState, buildConsoleData());
  expect(ready).toMatch(/^\? help {2}q leave {2}x stop/);
  expect(ready).not.toContain('s start');
  expect(footer()).toContain('s start');
  expect(footer()).not.toContain('x stop');
  expect(footer(pressed(['x']).state)).toBe('y yes, now  n no  Tab choose  Enter confirm  Esc close');
  expect(footer(openedState, stopped, 20)).toBe('? help  q leave');
});

test.each([
  ['stopped', ['s', 'R']],
  ['failed', ['s', 'x', 'R']],
  ['backing-off', ['s', 'x', 'R']],
  ['starting', ['x', 'R']],
  ['ready', ['x', 'R']],
  ['degraded', ['x', 'R']],
  ['draining', ['x', 'R']],
  ['stopping', ['s', 'R']],
] as const)('while the engine is %s, %j work', (state, expected) => {
  const data = buildConsoleData({snapshot: buildSnapshot({engine: {state}})});
  const working = keysNow(openedState, screens)
    .filter(({keys, disabledReason}) => ['s', 'x', 'R'].includes(keys[0] ?? '') && disabledReason(data) === null)
    .map(({keys}) => keys[0]);
  expect(working).toEqual(expected);
});

test('an engine with unknown settings cannot be restarted with others', () => {
  const data = buildConsoleData({snapshot: {...buildSnapshot(), engine: {...buildSnapshot().engine, settings: null}}});
  const {state} = pressed(['R'], screenContext(data));
  expect([state.cover, state.notice?.text]).toEqual([null, 'cannot restart: the settings of this engine are unknown']);
});

function textOf(row: Row): string {
  return row.map(({text}) => text).join('');
}
