import type {KeyName} from '../keys/key-names.ts';
import type {TypedWord} from './console-state.ts';

/** Longest pause between two letters of one word. */
const MAX_PAUSE_MS = 2_000;

const words: ReadonlyMap<KeyName, string> = new Map([
  ['y', 'yes'],
  ['n', 'no'],
  ['d', 'drain'],
]);

/** After a dialog was answered with this key: the rest of the word that the key begins; null if it begins none. */
export function begunWord(key: KeyName, atMs: number): TypedWord | null {
  const word = words.get(key);
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
