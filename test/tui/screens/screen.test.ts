import {expect, test} from 'vitest';
import {tableKeys} from '../../../src/tui/keys/keymap.ts';
import {defineScreen} from '../../../src/tui/screens/define-screen.ts';
import {refuse, stay} from '../../../src/tui/screens/screen.ts';
import type {ConsoleState} from '../../../src/tui/shell/console-state.ts';
import {footerRow} from '../../../src/tui/shell/footer-row.ts';
import {paste, press} from '../../../src/tui/shell/press.ts';
import {allKeys} from '../../../src/tui/shell/shell-keys.ts';
import {buildConsoleData, buildSnapshot} from '../../support/build-snapshot.ts';
import {openedState, screenContext, screens} from '../../support/console-screens.ts';
import {textOf} from '../../views/draw.ts';

type Filter = {readonly typed: string; readonly isOpen: boolean};

/** A screen that the console does not know: a line that is typed, Esc empties it first. */
const filterScreen = defineScreen<Filter>({
  kind: 'screen',
  name: 'Filter',
  opener: {
    id: 'filter.open',
    group: 'Console',
    keys: ['/'],
    hint: 'filter',
    description: 'find lines',
    disabledReason: ({snapshot}) => (snapshot?.engine.state === 'ready' ? null : 'there is no log'),
    open: ({data}) => (data.log.length === 0 ? {refused: 'the log is empty'} : {state: {typed: '', isOpen: true}}),
  },
  keys: [
    {
      id: 'filter.find',
      group: 'On the Filter screen',
      keys: ['enter'],
      hint: 'find',
      description: 'find',
      press: ({typed}) => (typed === '' ? refuse('type first', 'Type.') : {kind: 'close'}),
    },
    {
      id: 'filter.capitals',
      group: 'On the Filter screen',
      keys: ['up'],
      description: 'capitals',
      press: (state) => stay({...state, typed: state.typed.toUpperCase()}),
    },
  ],
  type: (state, character) => (/^[a-z]$/.test(character) ? {...state, typed: state.typed + character} : null),
  paste: (state, text) => (text.length < 5 ? {...state, typed: text} : null),
  back: (state) => (state.typed === '' ? null : {...state, typed: ''}),
  draw: ({typed}, {area}) => {
    const row = [{text: typed, tone: 'normal'} as const];
    return [
      {id: 'filter', rect: area, isFocused: true, view: {title: 'Filter', titleNote: '', tone: 'normal', rows: [row]}},
    ];
  },
});
const registry = [...screens, filterScreen];

function pressed(keys: readonly string[], data = buildConsoleData(), from: ConsoleState = openedState): ConsoleState {
  return keys.reduce((state, key) => press(state, key, registry, screenContext(data)).state, from);
}

function shown({cover}: ConsoleState): string | null {
  const [frame] = cover?.draw(screenContext()) ?? [];
  return frame === undefined ? null : textOf(frame.view.rows[0] ?? []);
}

function footer(state: ConsoleState): string {
  return textOf(footerRow({state, screens: registry, context: screenContext(), columns: 200}));
}

test('a screen in the registry opens with its key, and is in the footer and in the help', () => {
  expect(footer(openedState)).toContain('/ filter');
  expect(footer(pressed(['/']))).toBe('Enter find  Esc close');
  const help = allKeys(registry, tableKeys).map(({group, shown: keys, description}) => [group, keys, description]);
  expect(help).toContainEqual(['Console', '/', 'find lines']);
  expect(help).toContainEqual(['On the Filter screen', 'Up', 'capitals']);
  expect([shown(pressed(['/'])), shown(pressed(['/', '/']))], 'its key closes it').toEqual(['', null]);
});

test('typed characters have priority over keys, and q is text in a text field', () => {
  const state = pressed(['/', 'q', 'x', 's']);
  expect(shown(state)).toBe('qxs');
  expect(shown(pressed(['up'], undefined, state))).toBe('QXS');
  expect(shown(pressed(['?', 'P', '1'], undefined, state)), 'keys of other screens').toBe('qxs');
});

test('Esc goes one step back on the screen before it closes it', () => {
  const typed = pressed(['/', 'a']);
  const emptied = pressed(['escape'], undefined, typed);
  expect([shown(typed), shown(emptied), shown(pressed(['escape'], undefined, emptied))]).toEqual(['a', '', null]);
  expect(pressed(['escape']), 'nothing to go back from').toEqual(openedState);
});

test('pasted text is accepted if it fits, and refused if it does not', () => {
  const state = pressed(['/']);
  expect(shown(paste(state, 'ab\n', 0))).toBe('ab');
  const refused = paste(state, 'a long text', 7);
  expect([shown(refused), refused.notice]).toEqual([
    '',
    {kind: 'refused', text: 'pasted text has no effect here', remedy: null, atMs: 7},
  ]);
});

test('a disabled key and a screen that cannot be opened show their reason, and open nothing', () => {
  const failed = buildConsoleData({snapshot: buildSnapshot({engine: {state: 'failed'}})});
  const disabled = pressed(['/'], failed);
  expect([disabled.cover, disabled.notice?.text]).toEqual([null, 'cannot filter: there is no log']);
  const refused = pressed(['/'], buildConsoleData({log: []}));
  expect([refused.cover, refused.notice?.text]).toEqual([null, 'the log is empty']);
});

test('a refusal is shown with its remedy until the screen changes, and ends with its dialog', () => {
  const refused = pressed(['/', 'enter']);
  expect([shown(refused), refused.notice?.text, refused.notice?.remedy]).toEqual(['', 'type first', 'Type.']);
  expect(pressed(['a'], undefined, refused).notice).toBeNull();
  const closed = pressed(['escape'], undefined, refused);
  expect([closed.cover, closed.notice], 'nothing is left that it is about').toEqual([null, null]);
});

test('a refusal outside of a dialog stays until a key acts; the help leaves it', () => {
  const refused = pressed(['/'], buildConsoleData({log: []}));
  expect(pressed(['?'], undefined, refused).notice?.text).toBe('the log is empty');
  expect(pressed(['right'], undefined, refused).notice).toBeNull();
  expect(pressed(['/'], undefined, refused).notice).toBeNull();
});
