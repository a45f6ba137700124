import {expect, test} from 'vitest';
import type {ConsoleState} from '../../../src/tui/shell/console-state.ts';
import {atNextRead} from '../../../src/tui/shell/console-state.ts';
import {openedState, pressed, screenContext, shownScreen} from '../../support/console-screens.ts';

const context = screenContext();

/** Keys that arrive one by one, a pause of `pauseMs` before each. */
function typed(keys: readonly string[], pauseMs = 300, from: ConsoleState = openedState) {
  return keys.reduce(
    ({state, sent}, key, index) => {
      const nowMs = context.nowMs + (index + 1) * pauseMs;
      const {state: next, effect} = pressed([key], {...context, nowMs}, atNextRead(state));
      return {state: next, sent: effect?.kind === 'send' ? [...sent, effect.command.type] : sent};
    },
    {state: from, sent: [] as string[]},
  );
}

const openScreen = (state: ConsoleState): string | null => {
  const name = shownScreen(state);
  return name === 'Overview' ? null : name;
};

test.each([
  [['x', 'y', 'e', 's', 'enter'], ['stop']],
  [['x', 'd', 'r', 'a', 'i', 'n', 'enter'], ['stop']],
  [['x', 'n', 'o', 'enter'], []],
  [['x', 'y', 'enter'], ['stop']],
])('%j answers once, and the rest of the word presses nothing', (keys, sent) => {
  const after = typed(keys);
  expect([after.sent, openScreen(after.state), after.state.notice]).toEqual([sent, null, null]);
});

test('a key that does not continue the word acts, and so does the rest of a word after a pause', () => {
  expect(openScreen(typed(['x', 'y', 'F']).state)).toBe('Findings');
  expect(openScreen(typed(['x', 'y', 'e', 'F']).state)).toBe('Findings');
  expect(openScreen(typed(['x', 'y', 'e'], 2_001).state)).toBe('Events');
  expect(openScreen(typed(['x', 'y', 'e', 'e']).state), 'each letter once').toBe('Events');
  expect(openScreen(typed(['x', 'y', 'e', 's', 'enter', 'F']).state)).toBe('Findings');
});

test('Esc and an answer marked with Tab begin no word', () => {
  expect(openScreen(typed(['x', 'escape', 'e']).state)).toBe('Events');
  expect(openScreen(typed(['x', 'tab', 'tab', 'enter', 'e']).state)).toBe('Events');
});

test('a key that arrived with an answer was not meant for what is below', () => {
  const asked = atNextRead(pressed(['x'], context).state);
  const after = pressed(['y', 'x'], context, asked).state;
  expect([after.cover, after.notice?.text]).toEqual([
    null,
    'x was pressed before the dialog had closed. Press it again.',
  ]);
  expect(openScreen(pressed(['x'], context, atNextRead(after)).state)).toBe('Stop');
  expect(pressed(['y', 'ctrl+c'], context, asked).effect).toMatchObject({kind: 'leave'});
});
