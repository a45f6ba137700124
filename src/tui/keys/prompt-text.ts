import {isCharacter, type KeyName} from './key-names.ts';

/** Longer texts are not typed. */
const MOST_CHARACTERS = 100;

/** The text with one more character, while it has room for it; null for a key that types none. */
export function withTyped(text: string, key: KeyName): string | null {
  if (!isCharacter(key)) return null;
  return [...text].length >= MOST_CHARACTERS ? text : text + key;
}

/** The text without its last character. */
export function withoutLast(text: string): string {
  return [...text].slice(0, -1).join('');
}

/** A pasted text in the place of what was typed; null where it is too long. */
export function pasted(text: string): string | null {
  return [...text].length > MOST_CHARACTERS ? null : text;
}

/** The level after this one in the order of its key; after the last one, the first. */
export function nextLevel<Level>(levels: readonly [Level, ...Level[]], level: Level): Level {
  return levels[(levels.indexOf(level) + 1) % levels.length] ?? levels[0];
}
