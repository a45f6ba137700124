import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {KeyName} from '../../../src/tui/keys/key-names.ts';
import type {ConsoleState} from '../../../src/tui/shell/console-state.ts';
import {atNextRead, topScreen} from '../../../src/tui/shell/console-state.ts';
import {buildConsoleData, buildSnapshot} from '../../support/build-snapshot.ts';
import {openedState, pressed, screenContext, shownScreen} from '../../support/console-screens.ts';
import {textOf} from '../../views/draw.ts';

const context = screenContext();

/** The dialog or screen on top, as text. */
function shown(state: ConsoleState, drawn = context): string {
  return topScreen(state)
    .draw(drawn)
    .flatMap(({view}) => view.rows.map(textOf))
    .join('\n');
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
      {examples: [[[...'128K']], [[...'131,072']], [['backspace', '4']]], numRuns: 50},
    );
    expect(sent > 0, 'some were sent, but none by Enter on the safe answer').toBe(answer !== 'enter');
  });

  test('on the Plan screen', () => {
    let sent = 0;
    fc.assert(
      fc.property(strings, (keys) => {
        const planned = pressed(['enter', ...keys, 'enter'], context, opened('P')).state;
        // The letter of another screen leaves this one.
        if (shownScreen(planned) !== 'Plan') return;
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

test('what was said of a key in a dialog is gone with the dialog', () => {
  const ignored = pressed(['R', 'y'], context).state;
  expect(ignored.notice).toMatchObject({kind: 'ignored'});
  expect(pressed(['escape'], context, atNextRead(ignored)).state).toMatchObject({cover: null, notice: null});
  const refused = pressed(['R', '5', 'y'], context, atNextRead(openedState));
  const unsent = pressed(['y'], context, atNextRead(refused.state)).state;
  expect(unsent.notice).toMatchObject({kind: 'refused'});
  expect(pressed(['escape'], context, unsent).state.notice).toBeNull();
});

test('a notice about a command outlives the dialogs that are opened and closed after it', () => {
  const notice = {kind: 'accepted', text: 'restart', remedy: null, atMs: context.nowMs} as const;
  const sent = {notice, id: 7, readAtMs: null};
  const help = pressed(['?'], context, {...openedState, sent}).state;
  expect(pressed(['escape'], context, help).state.sent).toEqual(sent);
  const asked = pressed(['x'], context, {...openedState, sent}).state;
  expect(asked.sent, 'read when the next question was opened, and followed').toEqual({
    ...sent,
    readAtMs: context.nowMs,
  });
});

/** A node whose configuration was edited since the start of its engine. */
function editedContext(key: string, running: number, configured: number) {
  const origin = {from: 'file', place: 'gantry.yaml:2:3'} as const;
  const row = {
    key,
    value: running,
    origin,
    configured: {value: configured, origin},
    isPending: true,
    overridden: null,
    effect: 'restart',
  } as const;
  const configuration = {file: 'gantry.yaml', isInForce: true, values: [row]};
  return screenContext(buildConsoleData({snapshot: buildSnapshot({configuration})}));
}

describe('with an edited configuration', () => {
  test('the Plan screen asks about what it shows, and a restart from it sends that', () => {
    const edited = editedContext('engine.tensorParallelSize', 8, 4);
    const plan = pressed(['P'], edited).state;
    const text = shown(plan, edited);
    expect(text).toMatch(/tensor parallel +8/);
    expect(text).toContain('FITS');
    expect(text).not.toContain('DOES NOT FIT');
    const asked = pressed(['-', 'R'], edited, plan).state;
    const answered = atNextRead(asked);
    expect(shown(answered, edited)).toContain('tensor parallel: 8 (unchanged)');
    expect(pressed(['y'], edited, answered).effect).toMatchObject({
      command: {type: 'restart', change: {contextLengthTokens: 131_072, tensorParallelSize: 8}},
    });
  });

  test('the Plan screen says what a restart also takes from settings that it does not show', () => {
    const edited = editedContext('engine.port', 8000, 8001);
    expect(shown(pressed(['P'], edited).state, edited)).toContain('Also from the configuration: port 8001.');
  });
});

test('nothing is applied to a plan that would start', () => {
  const plan = pressed(['P'], context).state;
  const fixed = pressed(['a'], context, plan).state;
  expect(fixed.notice).toMatchObject({kind: 'refused', text: expect.stringContaining('nothing to fix')});
  expect(shown(fixed)).toBe(shown(plan));
});
