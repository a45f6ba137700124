import fc from 'fast-check';
import {expect, test} from 'vitest';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import {DIALOG_GROUP} from '../../../src/tui/keys/key-line.ts';
import {allKeyLines, keySpec} from '../../../src/tui/keys/key-table.ts';
import {pointed} from '../../../src/tui/pointer/pointed.ts';
import {defineScreen} from '../../../src/tui/screens/define-screen.ts';
import type {ScreenContext} from '../../../src/tui/screens/screen.ts';
import {type ConsoleState, initialConsoleState} from '../../../src/tui/shell/console-state.ts';
import {type Pressed, paste, press} from '../../../src/tui/shell/press.ts';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {openedState, pressed, screenContext, screens, shownScreen} from '../../support/console-screens.ts';

const findings = [buildFinding({settingsChange: {contextLengthTokens: 65_536}})];
const stopped = {state: 'stopped', pid: null} as const;
const nodes: readonly ConsoleData[] = [
  buildConsoleData({snapshot: buildSnapshot({findings})}),
  buildConsoleData({snapshot: buildSnapshot({findings, engine: stopped})}),
];
const places = screens.flatMap(({opener, kind}) => (kind === 'screen' ? opener.keys.slice(0, 1) : []));
const lines = allKeyLines();

const acts = ({state, effect}: Pressed): boolean => effect?.kind === 'send' || state.cover?.screen.kind === 'dialog';

/** The console after each action of the table: by its key on a screen, and by its name from there. */
function* everyAction(data: ConsoleData, isReadOnly: boolean): Generator<readonly [id: string, after: Pressed]> {
  const context: ScreenContext = {...screenContext(data), isReadOnly};
  for (const place of places) {
    const {state} = pressed([place], context);
    // Settings that differ from the running ones.
    const states = shownScreen(state) === 'Plan' ? [state, pressed(['-'], context, state).state] : [state];
    for (const before of states) {
      const palette = pressed([':'], context, before).state;
      for (const {id, keys} of lines) {
        for (const key of keys.slice(0, 1)) yield [id, pressed([key], context, before)];
        yield [id, pressed(['enter'], context, paste(palette, id, TEST_NOW_MS))];
      }
    }
  }
}

test('no action of the table acts in a read-only console, by its key or by its name', () => {
  for (const data of nodes)
    for (const [id, after] of everyAction(data, true)) expect([id, acts(after)]).toEqual([id, false]);
});

test('those that act elsewhere are those that the table marks', () => {
  const marked = lines.filter(({isDangerous, group}) => isDangerous && group !== DIALOG_GROUP).map(({id}) => id);
  const found = new Set<string>();
  for (const data of nodes) for (const [id, after] of everyAction(data, false)) if (acts(after)) found.add(id);
  // On other screens, a key of one of these has another meaning.
  const sameKey = new Set(
    lines
      .filter(({id, keys}) =>
        marked.some(
          (name) =>
            name !== id && lines.some((line) => line.id === name && line.keys.some((key) => keys.includes(key))),
        ),
      )
      .map(({id}) => id),
  );
  for (const id of marked) expect([id, found.has(id)]).toEqual([id, true]);
  for (const id of found) expect([id, marked.includes(id) || sameKey.has(id)]).toEqual([id, true]);
});

test('neither keys, pasted texts, clicks nor the wheel act, in whatever order', () => {
  const keys = [...new Set(lines.flatMap((line) => line.keys))];
  const report = fc.record({
    kind: fc.constantFrom('click' as const, 'wheel-up' as const, 'wheel-down' as const),
    column: fc.nat({max: 120}),
    row: fc.nat({max: 40}),
  });
  const step = fc.oneof(
    fc.constantFrom(...keys),
    report,
    fc.record({pasted: fc.constantFrom('y', 'engine.stop', 's\nx\n', '65536')}),
  );
  fc.assert(
    fc.property(fc.constantFrom(...nodes), fc.array(step, {maxLength: 12}), (data, steps) => {
      const context = {...screenContext(data), isReadOnly: true};
      steps.reduce<ConsoleState>((state, each) => {
        if (typeof each !== 'string')
          return 'pasted' in each ? paste(state, each.pasted, TEST_NOW_MS) : pointed(state, each, screens, context);
        const after = pressed([each], context, state);
        expect(acts(after)).toBe(false);
        return after.state;
      }, openedState);
    }),
    {numRuns: Number(process.env['GANTRY_KEY_RUNS'] ?? 100)},
  );
});

test('a command is not sent where its key is not marked', () => {
  const unmarked = defineScreen<null>({
    kind: 'screen',
    name: 'Unmarked',
    tab: {number: 1},
    opener: {...keySpec('screen.overview'), open: () => ({state: null})},
    keys: [
      {
        ...keySpec('logs.wrap'),
        press: () => ({kind: 'send', command: {type: 'stop'}, pending: 'stop'}),
      },
    ],
    draw: () => [],
  });
  const state = initialConsoleState(unmarked.opened(null), TEST_NOW_MS);
  const after = (isReadOnly: boolean) => press(state, 'W', [unmarked], {...screenContext(), isReadOnly});
  expect(after(false).effect?.kind).toBe('send');
  expect(after(true)).toMatchObject({effect: null, state: {notice: {text: 'this console is read-only'}}});
});
