import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {KeyName} from '../../../src/tui/keys/key-names.ts';
import type {ConsoleState} from '../../../src/tui/shell/console-state.ts';
import {atNextRead} from '../../../src/tui/shell/console-state.ts';
import {pressed, screenContext} from '../../support/console-screens.ts';
import {textOf} from '../../views/draw.ts';

const context = screenContext();

/** The dialog or screen on top, as text. */
function shown({cover}: ConsoleState): string {
  return (cover?.draw(context) ?? []).flatMap(({view}) => view.rows.map(textOf)).join('\n');
}

/** The number that the dialog says it understood; null if it says none. */
function understood(text: string): number | null {
  const [, digits] = /\] = ([\d,]+) tokens?/.exec(text) ?? [];
  return digits === undefined ? null : Number(digits.replaceAll(',', ''));
}

function opened(opener: KeyName): ConsoleState {
  return atNextRead(pressed([opener], context).state);
}

const characters = fc.constantFrom(...'0123456789,kKmM .-+e');
const strings = fc.oneof(
  fc.array(fc.oneof(characters, fc.constantFrom('backspace', 'up', 'down')), {maxLength: 9}),
  fc.integer({min: 1, max: 2_000_000}).map((tokens) => [...String(tokens)]),
  fc.constantFrom('128K', '131,072', '128k', '1M', '1m', '256K', '64k').map((text) => [...text]),
);

describe('what is shown is what is sent, or nothing is sent', () => {
  test.each(['y', 'd', 'enter', 'tab'] as const)('in the restart dialog, answered with %s', (answer) => {
    let sent = 0;
    fc.assert(
      fc.property(strings, (keys) => {
        const typed = pressed(keys, context, opened('R')).state;
        const number = understood(shown(typed));
        const {effect} = pressed(answer === 'tab' ? ['tab', 'enter'] : [answer], context, typed);
        if (effect === null) return;
        sent += 1;
        expect(effect).toMatchObject({kind: 'send', command: {type: 'restart', change: {contextLengthTokens: number}}});
      }),
      {examples: [[[...'128K']], [[...'131,072']], [['backspace', '4']]]},
    );
    expect(sent > 0, 'some were sent, but none by Enter on the safe answer').toBe(answer !== 'enter');
  });

  test('on the Plan screen', () => {
    let sent = 0;
    fc.assert(
      fc.property(strings, (keys) => {
        const planned = pressed(keys, context, opened('P')).state;
        const asked = atNextRead(pressed(['R'], context, planned).state);
        if (asked.cover?.screen.kind !== 'dialog') return;
        const [, digits = ''] = /context: 262,144 . ([\d,]+)/.exec(shown(asked)) ?? [];
        const [, onPlan = ''] = /context .*262,144 . ([\d,]+)/.exec(shown(planned)) ?? [];
        expect(digits).toBe(onPlan);
        const {effect} = pressed(['y'], context, asked);
        if (effect === null) return;
        sent += 1;
        const contextLengthTokens = digits === '' ? undefined : Number(digits.replaceAll(',', ''));
        const change = effect.kind === 'send' && effect.command.type === 'restart' ? effect.command.change : null;
        expect(change?.contextLengthTokens).toBe(contextLengthTokens);
      }),
      {examples: [[[...'128K']], [[...'128k']], [[...'131,072']]]},
    );
    expect(sent).toBeGreaterThan(0);
  });
});

test('128K is understood as 131,072 tokens, and sent as that', () => {
  const {state} = pressed([...'128K'], context, opened('R'));
  expect(understood(shown(state))).toBe(131_072);
  expect(pressed(['y'], context, state).effect).toEqual({
    kind: 'send',
    command: {type: 'restart', change: {contextLengthTokens: 131_072}},
    pending: 'restart with 131,072 tokens of context',
  });
});

test('a dialog that just opened takes text, and no answer, until the next read', () => {
  const fresh = pressed(['R', '1', '2', '8', 'K', 'y', 'tab', 'enter'], context);
  expect(fresh.effect).toBeNull();
  expect(understood(shown(fresh.state))).toBe(131_072);
  expect(fresh.state.notice).toMatchObject({kind: 'ignored'});
  expect(pressed(['y'], context, atNextRead(fresh.state)).effect).toMatchObject({kind: 'send'});
});
