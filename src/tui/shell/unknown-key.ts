import type {KeyLine} from '../keys/key-line.ts';
import {type KeyName, namelessKey, shownKey, withoutAlt} from '../keys/key-names.ts';
import type {Keymap} from '../keys/keymap.ts';
import type {Screen, ScreenContext} from '../screens/screen.ts';
import {type ConsoleState, type Notice, topScreen} from './console-state.ts';
import {keysNow, openersOn} from './shell-keys.ts';

/** The notice for a key that has no meaning here: the key that was probably meant, or where the keys are listed. */
export function unknownKey(
  state: ConsoleState,
  key: KeyName,
  screens: readonly Screen[],
  context: ScreenContext,
): Notice {
  const {screen} = topScreen(state);
  const isFirst = state.cover === null && screen.tab?.number === 1;
  const place = isFirst ? 'here' : screen.kind === 'dialog' ? 'in this dialog' : `on the ${screen.name} screen`;
  const text = key === namelessKey ? `this key has no meaning ${place}.` : `no key ${shownKey(key)} ${place}.`;
  return {kind: 'ignored', text, remedy: hintFor(state, key, screens, context.keymap), atMs: context.nowMs};
}

function hintFor(state: ConsoleState, key: KeyName, screens: readonly Screen[], keymap: Keymap): string {
  const other = withoutAlt(key) ?? otherCase(key);
  const meant = other === null ? undefined : withKey(keysNow(state, screens, keymap), other);
  if (meant !== undefined && other !== null) return `${shownKey(other)}: ${meant.description}.`;
  if (state.cover === null) return `${keymap.shown('console.help')} lists all keys.`;
  const below = {...state, cover: null};
  const linesBelow = [...state.base.screen.lines, ...openersOn(below, screens)].map(keymap.lineOf);
  const back = keymap.shown('console.back');
  return withKey(linesBelow, key) === undefined
    ? `The keys are in the last row; ${back} closes it.`
    : `${back} closes it, then ${shownKey(key)} works.`;
}

function withKey(lines: readonly KeyLine[], key: KeyName): KeyLine | undefined {
  return lines.find(({keys}) => keys.includes(key));
}

/** `P` for `p`, and the reverse; null for what has no other case. */
function otherCase(key: KeyName): KeyName | null {
  if (key.length !== 1) return null;
  const other = key === key.toLowerCase() ? key.toUpperCase() : key.toLowerCase();
  return other === key ? null : other;
}
