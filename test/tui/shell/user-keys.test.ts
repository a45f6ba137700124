import fc from 'fast-check';
import {expect, test} from 'vitest';
import {reservedKeys} from '../../../src/tui/keys/key-names.ts';
import {allKeyLines} from '../../../src/tui/keys/key-table.ts';
import {tableKeys} from '../../../src/tui/keys/keymap.ts';
import {topScreen} from '../../../src/tui/shell/console-state.ts';
import {footerRow} from '../../../src/tui/shell/footer-row.ts';
import {allKeys, keysNow, meaningOf} from '../../../src/tui/shell/shell-keys.ts';
import {acceptedKeys, keyNotice, problemText, type UserKeys} from '../../../src/tui/shell/user-keys.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {openedState, pressed, screenContext, screens, shownScreen} from '../../support/console-screens.ts';
import {textOf} from '../../views/draw.ts';

const curable = buildConsoleData({
  snapshot: buildSnapshot({findings: [buildFinding({settingsChange: {contextLengthTokens: 65_536}})]}),
});

function contextWith(chosen: UserKeys) {
  const {keymap, problems} = acceptedKeys(chosen, screens);
  return {context: screenContext(curable, {columns: 120, rows: 40}, keymap), problems};
}

const problemOf = (chosen: UserKeys): readonly string[] =>
  acceptedKeys(chosen, screens).problems.map((problem) => problemText(problem, null));

test('chosen keys open, the keys before them do not, and footer, help and palette show them', () => {
  const {context, problems} = contextWith({'engine.stop': ['X', 'ctrl+x'], 'dialog.yes': ['Y']});
  expect(problems).toEqual([]);
  expect(['X', 'ctrl+x', 'x'].map((key) => shownScreen(pressed([key], context).state))).toEqual([
    'Stop',
    'Stop',
    'Overview',
  ]);
  expect(pressed(['x'], context).state.notice?.text).toBe('no key x here.');
  const footer = (keys: readonly string[]): string =>
    textOf(footerRow({state: pressed(keys, context).state, screens, context, columns: 200}));
  expect(footer([])).toContain('X stop');
  expect(footer(['X'])).toContain('Y yes, now');
  const help = allKeys(screens, context.keymap).find(({id}) => id === 'engine.stop');
  expect(help?.shown).toBe('X, Ctrl+X');
});

test('what asks first asks first with every key', () => {
  const {context} = contextWith({'engine.stop': ['ctrl+x'], 'dialog.yes': ['ctrl+y']});
  const asked = pressed(['ctrl+x'], context);
  expect([shownScreen(asked.state), asked.effect]).toEqual(['Stop', null]);
  const unseen = {...asked.state, isUnseen: false};
  expect(pressed(['ctrl+y'], context, unseen).effect).toMatchObject({kind: 'send', command: {type: 'stop'}});
  expect(pressed(['y'], context, unseen).effect).toBeNull();
});

test('keys of two actions can be exchanged, and an action without keys is in the palette', () => {
  const {context, problems} = contextWith({'engine.stop': ['R'], 'engine.restart': ['x'], 'console.leave': []});
  expect(problems.map(({id, text}) => `${id} ${text}`)).toEqual([
    // On the Plan screen R restarts with the plan.
    'engine.stop has R, which is plan.restart on the Plan screen; the action keeps its own keys',
    'engine.restart has x, which is engine.stop on the Overview screen; the action keeps its own keys',
  ]);
  const exchanged = contextWith({'console.freeze': ['l'], 'log.focus': ['f']});
  expect(exchanged.problems.map(({text}) => text)).toEqual([
    'has l, which is panel.next on the Overview screen; the action keeps its own keys',
    'has f, which is console.freeze on the Overview screen; the action keeps its own keys',
  ]);
  const swapped = contextWith({'logs.time': ['v'], 'logs.level': ['t']});
  expect(swapped.problems).toEqual([]);
  expect(pressed(['q'], context).effect).toBeNull();
  expect(keysNow(openedState, screens, context.keymap).map(({id}) => id)).toContain('console.leave');
  expect(context.keymap.shown('console.leave')).toBe(':console.leave');
});

test.each<[UserKeys, string]>([
  [{'engine.stopp': ['k']}, 'console.keys.engine.stopp is not the name of an action. Did you mean engine.stop?'],
  [
    {'something else entirely': ['k']},
    'console.keys.something else entirely is not the name of an action. docs/keys.md has the names of all actions.',
  ],
  [
    {'engine.stop': ['ctrl+shift+x']},
    'console.keys.engine.stop has "ctrl+shift+x", which is no key; the action keeps its own keys. A key is one character',
  ],
  [{'engine.stop': ['ctrl+m']}, 'has "ctrl+m", which is no key'],
  [{'engine.stop': ['']}, 'has "", which is no key'],
  [{'engine.stop': ['Ctrl+C']}, 'has Ctrl+C, which is reserved; the action keeps its own keys.'],
  [{'engine.stop': ['Return']}, 'has Enter, which is reserved'],
  [{'engine.stop': ['R']}, 'has R, which is engine.restart on the Overview screen; the action keeps its own keys.'],
  [{'engine.stop': ['3']}, 'has 3, which is screen.engine on the Overview screen'],
  [{'palette.next': ['j']}, 'has j, which the text that is typed on the Palette screen needs'],
  [{'dialog.drain': ['M']}, 'has M, which the text that is typed in the Restart dialog needs'],
  [{'restart.longer': ['+']}, 'has +, which the text that is typed in the Restart dialog needs'],
  [{'plan.erase': ['m']}, 'has m, which the text that is typed on the Plan screen needs'],
  [{'logs.erase': ['z']}, 'has z, which the text that is typed on the Logs screen needs'],
  [{'dialog.yes': ['x']}, 'has x, which is engine.stop, and a key that is held down would answer its own question'],
])('%j is not used, with the reason', (chosen, expected) => {
  const [problem] = problemOf(chosen);
  expect(problem).toContain(expected);
});

test('the notice has the first problem with its place, and how many more there are', () => {
  const {problems} = acceptedKeys({'engine.stop': ['R'], 'engine.nothing': ['k']}, screens);
  const texts = problems.map((problem) => problemText(problem, '/etc/gantry.yaml:4:18'));
  const notice = keyNotice(texts, tableKeys, 0);
  expect(notice?.text).toMatch(
    /^\/etc\/gantry\.yaml:4:18: console\.keys\.engine\.nothing is not the name of an action/,
  );
  expect(notice?.remedy).toBe('And 1 more problem: ? lists them.');
  expect(keyNotice([], tableKeys, 0)).toBeNull();
});

const ids = allKeyLines().map(({id}) => id);
const names = [
  ...'abcdefghijklmnopqrstuvwxyzABGMNPRWXYZ0123456789+-=,.<>();/&:?',
  'ctrl+x',
  'ctrl+g',
  'up',
  'down',
  'left',
];
const anyChosen = fc.dictionary(
  fc.constantFrom(...ids),
  fc.array(
    fc.oneof(fc.constantFrom(...names, 'tab', 'space', 'pgdn', 'enter', 'esc', 'ctrl+c'), fc.string({maxLength: 3})),
    {
      maxLength: 3,
    },
  ),
  {maxKeys: 8},
);

test('whatever is chosen, no key gets a second meaning, and every way out works', () => {
  const states = screens.map(({opener}) => pressed([opener.keys[0] ?? ''], screenContext(curable)).state);
  const sharedInTable = (key: string, one: string, other: string): boolean =>
    [one, other].every((id) => allKeyLines().some((line) => line.id === id && line.keys.includes(key)));
  fc.assert(
    fc.property(anyChosen, (chosen) => {
      const {keymap} = acceptedKeys(chosen, screens);
      for (const state of states) {
        const lines = keysNow(state, screens, keymap);
        const owners = new Map<string, string>();
        for (const {id, keys} of lines) {
          for (const key of keys) {
            const owner = owners.get(key);
            if (owner !== undefined && !sharedInTable(key, owner, id)) expect([key, owner]).toEqual([key, id]);
            owners.set(key, id);
          }
        }
        for (const key of reservedKeys) {
          const before = meaningOf(state, screens, (line) => line.keys.includes(key));
          const after = meaningOf(state, screens, (line) => keymap.lineOf(line).keys.includes(key));
          expect(after?.line.id).toBe(before?.line.id);
        }
        const {screen} = topScreen(state);
        for (const {id, keys} of screen.lines.map(keymap.lineOf)) {
          const isOwn = (key: string): boolean =>
            keymap !== tableKeys && allKeyLines().some((line) => line.id === id && line.keys.includes(key));
          for (const key of keys) expect(screen.isTextKey(key, id) && !isOwn(key)).toBe(false);
        }
      }
    }),
    {numRuns: Number(process.env['GANTRY_KEY_RUNS'] ?? 150)},
  );
});
