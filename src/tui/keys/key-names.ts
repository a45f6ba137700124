import type {Key} from 'ink';

/**
 * A key's name in the key table: the printed character (`q`, `R`, `?`), or a name (`enter`, `escape`, `up`,
 * `page-down`, `tab`), with `ctrl+` or `shift+` before it if relevant.
 */
export type KeyName = string;

/**
 * The keys of one input event. On a slow link several quick keys arrive as one text: each character counts. Releases
 * and keys with an unsupported modifier are ignored.
 */
export function keyNames(input: string, key: Key): KeyName[] {
  if (key.eventType === 'release' || key.meta || key.super || key.hyper) return [];
  const named = specialKey(key);
  if (named !== null) return [key.shift && named === 'tab' ? 'shift+tab' : named];
  if (key.ctrl) return input.length === 1 ? [`ctrl+${input.toLowerCase()}`] : [];
  return [...input].map(characterName).filter((name) => name !== null);
}

/** True for a key that types a character. */
export function isCharacter(key: KeyName): boolean {
  return [...key].length === 1;
}

function specialKey(key: Key): KeyName | null {
  if (key.return) return 'enter';
  if (key.escape) return 'escape';
  if (key.tab) return 'tab';
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
  return character >= ' ' && character !== '\u007f' ? character : null;
}

const shownNames: Readonly<Record<string, string>> = {'page-up': 'PgUp', 'page-down': 'PgDn', escape: 'Esc'};

/** A key as it is shown: `x`, `Enter`, `PgDn`, `Ctrl+X`. */
export function shownKey(key: KeyName): string {
  if (key === ' ') return 'Space';
  const shown = shownNames[key];
  if (shown !== undefined || key.length === 1) return shown ?? key;
  return key
    .split('+')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
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
