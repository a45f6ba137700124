import {expect, test} from 'vitest';
import type {KeyName} from '../../../src/tui/keys/key-names.ts';
import {allKeyLines} from '../../../src/tui/keys/key-table.ts';
import type {Screen} from '../../../src/tui/screens/screen.ts';
import {meaningOf} from '../../../src/tui/shell/shell-keys.ts';
import {openedState, pressed, screenContext, screens} from '../../support/console-screens.ts';

const pairs: readonly (readonly [arrow: KeyName, letter: KeyName])[] = [
  ['left', 'h'],
  ['down', 'j'],
  ['up', 'k'],
  ['right', 'l'],
];

/** What a key does on a screen, as it is opened by its own key. */
function meaning(screen: Screen, key: KeyName): string | null {
  const [own] = screen.opener.keys;
  const {state} = own === undefined ? {state: openedState} : pressed([own]);
  const {keymap} = screenContext();
  return meaningOf(state, screens, (line) => keymap.lineOf(line).keys.includes(key))?.line.id ?? null;
}

// In a dialog, and where characters are typed, letters are answers and text.
const withLetters = screens.filter(({kind, takesText}) => kind === 'screen' && !takesText);

test.each(withLetters.map((screen) => [screen.name, screen] as const))(
  'on the %s screen an arrow does what its letter does',
  (_, screen) => {
    for (const [arrow, letter] of pairs)
      expect([arrow, meaning(screen, letter)]).toEqual([arrow, meaning(screen, arrow)]);
  },
);

test('the table names both keys wherever it names one of them', () => {
  const dialogsAndText = ['In a dialog', 'In the palette'];
  for (const {id, group, keys, shown} of allKeyLines()) {
    if (dialogsAndText.includes(group)) continue;
    for (const [arrow, letter] of pairs) {
      expect([id, keys.includes(letter)]).toEqual([id, keys.includes(arrow)]);
      if (keys.includes(letter)) expect(shown.split(', ')).toContain(letter);
    }
  }
});
