import type {KeyName} from './key-names.ts';
import type {KeyId} from './key-table.ts';
import type {Keymap} from './keymap.ts';

/** What may still be typed of a word whose first letter answered a dialog. */
export type TypedWord = {readonly rest: string; readonly atMs: number};

/** Longest pause between two letters of one word. */
const MAX_PAUSE_MS = 2_000;

/** What people type for the answers of dialogs. */
const words: readonly (readonly [KeyId, string])[] = [
  ['dialog.yes', 'yes'],
  ['dialog.no', 'no'],
  ['dialog.drain', 'drain'],
];

/** After a dialog was answered with this key: the rest of the word that the key begins; null if it begins none. */
export function begunWord(key: KeyName, keymap: Keymap, atMs: number): TypedWord | null {
  const word = words.find(([id, text]) => keymap.has(id, key) && text.startsWith(key))?.[1];
  return word === undefined ? null : {rest: word.slice(1), atMs};
}

/**
 * What is left of the word if this key continues or confirms it, so that the rest of a typed `yes` presses no keys of the screen
 * below; null if the key means what it always means.
 */
export function continuedWord(word: TypedWord | null, key: KeyName, nowMs: number): TypedWord | null {
  if (word === null || nowMs - word.atMs > MAX_PAUSE_MS) return null;
  if (key === 'enter') return {rest: '', atMs: 0};
  return key === word.rest.charAt(0) ? {rest: word.rest.slice(1), atMs: nowMs} : null;
}
