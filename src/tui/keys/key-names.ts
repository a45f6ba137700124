import type {Key} from 'ink';

/**
 * A key's name in the key table: the printed character (`q`, `R`, `?`), or a name (`enter`, `escape`, `up`,
 * `page-down`, `tab`), with `ctrl+`, `shift+` or `alt+` before it if relevant.
 */
export type KeyName = string;

/** A key without a name here, such as F5 or Insert. It has no meaning, and is answered like any other that has none. */
export const namelessKey: KeyName = 'nameless';

/**
 * The keys of one input event. On a slow link several quick keys arrive as one text: each character counts. Releases are no
 * keys. Ink gives no name of a function key or of Insert, and nothing of a sequence that it does not know.
 */
export function keyNames(input: string, key: Key): KeyName[] {
  if (key.eventType === 'release') return [];
  // Alt is sent as Esc before the key: two of them are Esc pressed twice.
  if (key.meta && key.escape) return ['escape', 'escape'];
  const named = key.super || key.hyper ? namelessKey : (modifiedKey(key) ?? controlKey(input, key));
  if (named !== null) return [key.meta && named !== namelessKey ? `${ALT}${named}` : named];
  return [...input].map(characterName).filter((name) => name !== null);
}

const ALT = 'alt+';
/** With Shift these are the same: terminals send no sequence of their own for them. */
const sameWithShift: ReadonlySet<KeyName> = new Set(['enter', 'escape', 'backspace', 'shift+tab']);

/** A special key with what was held meanwhile: with Ctrl it is another one. */
function modifiedKey(key: Key): KeyName | null {
  const special = specialKey(key);
  if (special === null) return null;
  const shift = key.shift && !sameWithShift.has(special) ? 'shift+' : '';
  return `${key.ctrl ? 'ctrl+' : ''}${shift}${special}`;
}

/** A letter as it is typed with Shift, where the terminal says both apart; null for what depends on the keyboard. */
function shiftedCharacter(input: string): KeyName | null {
  const upper = input.toUpperCase();
  return upper === input.toLowerCase() ? null : upper;
}

/** The key of an event that is one key and no special one; null for typed text. */
function controlKey(input: string, key: Key): KeyName | null {
  const isOne = [...input].length === 1;
  if (key.ctrl) return isOne ? `ctrl+${input.toLowerCase()}` : namelessKey;
  if (input === '') return namelessKey;
  if (key.shift && isOne) return shiftedCharacter(input) ?? (input === ' ' ? ' ' : namelessKey);
  return key.meta ? (isOne ? input : namelessKey) : null;
}

/** The key without Alt, as it was pressed with it; null for one without Alt. */
export function withoutAlt(key: KeyName): KeyName | null {
  return key.startsWith(ALT) ? key.slice(ALT.length) : null;
}

/** True for a key that types a character. */
export function isCharacter(key: KeyName): boolean {
  return [...key].length === 1;
}

function specialKey(key: Key): KeyName | null {
  if (key.return) return 'enter';
  if (key.escape) return 'escape';
  if (key.tab) return key.shift ? 'shift+tab' : 'tab';
  // Terminals send 0x7f for the backspace key; some send the delete sequence.
  if (key.backspace || key.delete) return 'backspace';
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.leftArrow) return 'left';
  if (key.rightArrow) return 'right';
  if (key.pageUp) return 'page-up';
  if (key.pageDown) return 'page-down';
  if (key.home) return 'home';
  if (key.end) return 'end';
  return null;
}

function characterName(character: string): KeyName | null {
  if (character === '\r' || character === '\n') return 'enter';
  if (character === '\t') return 'tab';
  return /^\p{Cc}/u.test(character) ? null : character;
}

const shownNames: Readonly<Record<string, string>> = {
  'page-up': 'PgUp',
  'page-down': 'PgDn',
  escape: 'Esc',
  [namelessKey]: 'this key',
};

/** A key as it is shown: `x`, `Enter`, `PgDn`, `Ctrl+X`, `Alt+x`. */
export function shownKey(key: KeyName): string {
  if (key === ' ') return 'Space';
  const bare = withoutAlt(key);
  if (bare !== null) return `Alt+${shownKey(bare)}`;
  const shown = shownNames[key];
  if (shown !== undefined || key.length === 1) return shown ?? key;
  return key
    .split('+')
    .map((part) => shownNames[part] ?? part.charAt(0).toUpperCase() + part.slice(1))
    .join('+');
}

/** Keys that every terminal user expects to work: they stay where they are. */
export const reservedKeys: ReadonlySet<KeyName> = new Set(['ctrl+c', 'escape', 'enter']);

const otherNames: ReadonlyMap<string, KeyName> = new Map([
  ['space', ' '],
  ['esc', 'escape'],
  ['return', 'enter'],
  ['pgup', 'page-up'],
  ['pgdn', 'page-down'],
  ['delete', 'backspace'],
]);

const namedKeys: ReadonlySet<KeyName> = new Set([
  ...['enter', 'escape', 'tab', 'shift+tab', 'backspace', 'up', 'down', 'left', 'right'],
  ...['page-up', 'page-down', 'home', 'end'],
]);

/** What terminals send for these is Backspace, Tab and Enter. */
const otherControls: ReadonlySet<string> = new Set(['h', 'i', 'j', 'm']);

/** A key as it is written in the configuration, `x`, `Ctrl+X`, `PgDn`; null where a terminal sends no such key. */
export function parseKeyName(text: string): KeyName | null {
  if ([...text].length === 1) return characterName(text);
  const lower = text.trim().toLowerCase();
  const name = otherNames.get(lower) ?? lower;
  if (namedKeys.has(name) || name === ' ') return name;
  const letter = /^ctrl\+([a-z])$/.exec(name)?.[1];
  return letter === undefined || otherControls.has(letter) ? null : name;
}
