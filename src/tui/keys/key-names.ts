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
