import fc from 'fast-check';
import {expect, test} from 'vitest';
import {canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import type {KeyName} from '../../../src/tui/keys/key-names.ts';
import {pointed} from '../../../src/tui/pointer/pointed.ts';
import {type ConsoleState, refusal, topScreen} from '../../../src/tui/shell/console-state.ts';
import {footerRow} from '../../../src/tui/shell/footer-row.ts';
import {paste} from '../../../src/tui/shell/press.ts';
import {meaningOf} from '../../../src/tui/shell/shell-keys.ts';
import {buildConsoleData, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {openedState, pressed, screenContext, screens} from '../../support/console-screens.ts';
import {textOf} from '../../views/draw.ts';

const log = Array.from({length: 300}, (_, index) => ({
  number: index + 1,
  offsetBytes: index * 20,
  text: `line ${index}`,
}));
const context = screenContext(buildConsoleData({log}));
const stale = refusal('of an earlier key', TEST_NOW_MS);
const said = (keys: readonly KeyName[], state?: ConsoleState): string | null =>
  pressed(keys, context, state).state.notice?.text ?? null;

test('a cursor that is set takes back that there is none', () => {
  expect(said(['8', 'enter'])).toBe('there is no cursor');
  expect(said(['8', 'enter', 'left'])).toBeNull();
});

test('on every screen, what was said of a key is over when the next one acts, or says something else', () => {
  const places = screens.flatMap(({opener, kind}) => (kind === 'screen' ? opener.keys.slice(0, 1) : []));
  const acting = [
    'down',
    'up',
    'left',
    'right',
    'j',
    'G',
    'g',
    'page-down',
    'page-up',
    'enter',
    'z',
    '+',
    '-',
    'f',
    'v',
    'A',
    'p',
    '/',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...places),
      fc.array(fc.constantFrom(...acting), {maxLength: 4}),
      fc.constantFrom(...acting),
      (place, before, key) => {
        const {state} = pressed([place, ...before], context);
        const next = pressed([key], context, {...state, notice: stale}).state;
        expect(next.notice).not.toBe(stale);
      },
    ),
    {numRuns: Number(process.env['GANTRY_KEY_RUNS'] ?? 300)},
  );
});

test('what was said stays with the help that explains it, and goes with the next key', () => {
  const state = {...openedState, notice: stale};
  expect(said(['?'], state)).toBe(stale.text);
  expect(said(['?', 'page-down'], state)).toBeNull();
});

test('a message about a typed text does not cover it', () => {
  const small = screenContext(buildConsoleData({log}), {columns: 80, rows: 24});
  for (const keys of [
    ['6', '&', '['],
    ['6', 't', '['],
    ['6', 'r', '['],
    ['6', '/', '['],
    ['9', '/', '['],
  ]) {
    const {state} = pressed([...keys, 'enter', 'f1'], small);
    const refused = {...pressed(keys, small).state, notice: {...stale, text: 'long '.repeat(60)}};
    expect(state.notice).not.toBeNull();
    for (const shown of [refused, ...(topScreen(state).isPrompting ? [state] : [])]) {
      const canvas = createCanvas(small.terminal);
      drawConsole(canvas, {state: shown, screens, context: small});
      expect(canvasLines(canvas).join('\n')).toContain('[_');
    }
  }
});

test('typing, pasting, the wheel and a click end it too', () => {
  const typing = {...pressed(['6', '/'], context).state, notice: stale};
  expect(said(['x'], typing)).toBeNull();
  expect(paste(typing, 'text', TEST_NOW_MS).notice).toBeNull();
  const logs = {...pressed(['6'], context).state, notice: stale};
  for (const kind of ['wheel-up', 'click'] as const) {
    const at = {kind, column: 30, row: kind === 'click' ? 1 : 20};
    expect(pointed(logs, at, screens, context).notice).toBeNull();
  }
});

test('one Esc leaves what is open and what was said of it; a message alone is dismissed before its tab is left', () => {
  const hint = (state: ConsoleState): string | undefined =>
    / *Esc (\w+)$/.exec(textOf(footerRow({state, screens, context, columns: 400})))?.[1];
  for (const [keys, way] of [
    [['6', '/', 'x'], 'cancel'],
    [['9', '/'], 'cancel'],
    [['7', 'enter', '8'], 'cancel'],
    [['L', 'z'], 'back'],
    [['2', 'enter'], 'back'],
    [[':', 'x'], 'close'],
    [['x'], 'close'],
    [['R'], 'close'],
    [['F'], 'close'],
  ] as const) {
    const open = {...pressed(keys, context).state, notice: stale};
    expect(hint(open), keys.join(' ')).toBe(way);
    const {state} = pressed(['escape'], context, open);
    expect([state.notice, hint(state)], keys.join(' ')).not.toEqual([null, way]);
    expect(state.notice, keys.join(' ')).toBeNull();
  }
  const said = {...pressed(['4'], context).state, notice: stale};
  const dismissed = pressed(['escape'], context, said).state;
  expect([hint(said), hint(dismissed), dismissed.base.screen.name]).toEqual(['dismiss', 'Overview', 'Latency']);
  expect(pressed(['escape'], context, dismissed).state.base.screen.name).toBe('Overview');
});

test('a refused command is over with the next key that acts, and one that continues is not', () => {
  const sent = (kind: 'refused' | 'accepted'): ConsoleState => ({
    ...openedState,
    sent: {notice: {...stale, kind}, id: kind === 'accepted' ? 1 : null, readAtMs: null},
  });
  expect(pressed(['right'], context, sent('refused')).state.sent?.readAtMs).toBe(TEST_NOW_MS);
  expect(pressed(['right'], context, sent('accepted')).state.sent?.readAtMs).toBeNull();
  expect(meaningOf(openedState, screens, ({id}) => id === 'panel.next')).not.toBeNull();
});
