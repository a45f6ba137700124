import fc from 'fast-check';
import {expect, test} from 'vitest';
import {allKeyLines} from '../../../src/tui/keys/key-table.ts';
import {tableKeys} from '../../../src/tui/keys/keymap.ts';
import {topScreen} from '../../../src/tui/shell/console-state.ts';
import {footerRow} from '../../../src/tui/shell/footer-row.ts';
import {allKeys, keysNow} from '../../../src/tui/shell/shell-keys.ts';
import type {Row} from '../../../src/views/rows.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {openedState, pressed, screenContext, screens, shownScreen} from '../../support/console-screens.ts';

const curable = buildConsoleData({
  snapshot: buildSnapshot({findings: [buildFinding({settingsChange: {contextLengthTokens: 65_536}})]}),
});
const everyState = screens.map(({opener}) => pressed([opener.keys[0] ?? ''], screenContext(curable)).state);

test('every screen of the registry opens with its key', () => {
  expect(everyState.map(shownScreen)).toEqual(screens.map(({name}) => name));
});

/** On these a key of the screen comes before those of others. */
const ownKeys = new Set(['Plan', 'Findings', 'Logs']);

test.each(everyState.map((state) => ({name: shownScreen(state), state})))(
  'no key has two meanings, and Esc and Ctrl+C work: $name',
  ({name, state}) => {
    const keys = keysNow(state, screens, tableKeys).flatMap((line) => line.keys);
    if (!ownKeys.has(name)) expect(new Set(keys).size).toBe(keys.length);
    const own = topScreen(state).screen.lines.flatMap((line) => line.keys);
    expect(new Set(own).size).toBe(own.length);
    expect(keys).toEqual(expect.arrayContaining(['escape', 'ctrl+c', 'ctrl+l']));
  },
);

test('the help has every key of every screen, each once', () => {
  const all = allKeys(screens, tableKeys).map(({id}) => id);
  expect(new Set(all).size).toBe(all.length);
  for (const state of everyState) {
    for (const {id} of keysNow(state, screens, tableKeys)) expect(all).toContain(id);
  }
});

test('the footer shows the enabled keys, with help and exit first', () => {
  const stopped = buildConsoleData({snapshot: buildSnapshot({engine: {state: 'stopped'}})});
  const footer = (state = openedState, data = stopped, columns = 100): string =>
    textOf(footerRow({state, screens, context: screenContext(data), columns}));
  const ready = footer(openedState, buildConsoleData());
  expect(ready).toMatch(/^\? help {2}: find {2}q leave {2}f freeze {2}x stop/);
  expect(ready).not.toContain('s start');
  expect(footer()).toContain('s start');
  expect(footer()).not.toContain('x stop');
  expect(footer(pressed(['x']).state)).toBe('y yes, now  n no  Tab choose  Enter confirm  Esc close');
  expect(footer(openedState, stopped, 23)).toBe('? help  : find  q leave');
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
  const working = keysNow(openedState, screens, tableKeys)
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

test('every row of the key table is a key of a screen, and every key of a screen is in the table', () => {
  const bound = allKeys(screens, tableKeys).map(({id}) => id);
  expect(bound.toSorted()).toEqual(
    allKeyLines()
      .map(({id}) => id)
      .toSorted(),
  );
});

test('in a read-only console no key acts, and none that would is offered', () => {
  const context = {...screenContext(curable), isReadOnly: true};
  const keys = [...new Set(allKeys(screens, tableKeys).flatMap((line) => line.keys))];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...keys), {maxLength: 12}), (typed) => {
      const {state, effect} = pressed(typed, context);
      expect(effect?.kind).not.toBe('send');
      expect(state.cover?.screen.kind).not.toBe('dialog');
      expect(textOf(footerRow({state, screens, context, columns: 200}))).not.toMatch(/\b(?:stop|restart|start)\b/);
    }),
    {examples: [[['x']], [['s']], [['P', '-', 'R']], [['F', 'a']], [['a']]]},
  );
  expect(pressed(['x'], context).state.notice?.text).toBe('cannot stop: this console is read-only');
  const connection = {kind: 'replay', atMs: 1, firstMs: 1, lastMs: 1, isPlaying: false} as const;
  const replayed = {...screenContext({...curable, connection}), isReadOnly: true};
  expect(pressed(['x'], replayed).state.notice?.text).toBe('cannot stop: this is a recording');
});

test('the footer offers no key that would be typed', () => {
  const context = screenContext(curable);
  const footer = (keys: readonly string[]): string =>
    textOf(footerRow({state: pressed(keys, context).state, screens, context, columns: 300}));
  expect(footer(['7'])).toMatch(/^\? help .*\bx stop\b/);
  expect(footer(['7'])).toMatch(/Enter type .*Esc Overview$/);
  expect(footer(['7', 'enter', '8'])).toBe('Enter use it  Esc cancel');
  expect(footer(['7', 'enter', '8', 'enter'])).toMatch(/^\? help .*\bx stop\b/);
});
