import {nearestName} from '../../domain/settings/nearest-name.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {withinWords} from '../../shared/within-words.ts';
import {type KeyName, parseKeyName, reservedKeys, shownKey} from '../keys/key-names.ts';
import {allKeyLines} from '../keys/key-table.ts';
import {type Keymap, type KeyOverrides, keymapOf} from '../keys/keymap.ts';
import type {Screen} from '../screens/screen.ts';
import type {Notice} from './console-state.ts';
import {reachableFrom, shellKeysOn} from './shell-keys.ts';

/** Keys as the configuration has them: the keys of an action by its name. */
export type UserKeys = Readonly<Record<string, readonly string[]>>;

/** Why the keys of an action are not used: the table's are. */
export type KeyProblem = {
  /** The action as it is written. */
  readonly id: string;
  /** Continues the name of the action. */
  readonly text: string;
  readonly remedy: string;
};

/** The keys in force, and what of the configuration is not used. */
export type AcceptedKeys = {readonly keymap: Keymap; readonly problems: readonly KeyProblem[]};

const defaults: ReadonlyMap<string, readonly KeyName[]> = new Map(allKeyLines().map(({id, keys}) => [id, keys]));

/**
 * The keys that the operator chose, of those actions where they can be used: each is a key, none is reserved, and on no screen does a
 * key have a second meaning that the table has not. Ctrl+C, Esc and Enter stay with the actions that have them.
 */
export function acceptedKeys(chosen: UserKeys, screens: readonly Screen[]): AcceptedKeys {
  const problems: KeyProblem[] = [];
  let overrides = new Map<string, readonly KeyName[]>();
  for (const [id, written] of Object.entries(chosen)) {
    const read = readKeys(id, written);
    if (Array.isArray(read)) overrides.set(id, read);
    else problems.push({id, ...read});
  }
  // An action that keeps its own keys may then be in the way of another one.
  for (let found = conflicts(overrides, screens); found.length > 0; found = conflicts(overrides, screens)) {
    problems.push(...found);
    const ids = new Set(found.map(({id}) => id));
    overrides = new Map([...overrides].filter(([id]) => !ids.has(id)));
  }
  return {keymap: keymapOf(overrides), problems};
}

/** `gantry.yaml:4:18: console.keys.engine.stop has R, which ... Choose another key.` */
export function problemText({id, text, remedy}: KeyProblem, place: string | null): string {
  const name = `console.keys.${withinWords(id, LONGEST_SHOWN_NAME)}`;
  return `${place === null ? '' : `${place}: `}${name} ${text}. ${remedy}`;
}

const LONGEST_SHOWN_NAME = 60;

/** What the console says of them when it opens; null where every key is used. */
export function keyNotice(problems: readonly string[], keymap: Keymap, atMs: number): Notice | null {
  const [first] = problems;
  if (first === undefined) return null;
  const more = problems.length - 1;
  const remedy =
    more === 0 ? null : `And ${countedText(more, 'more problem')}: ${keymap.shown('console.help')} lists them.`;
  return {kind: 'configuration', text: first, remedy, atMs};
}

type Refusal = Omit<KeyProblem, 'id'>;

function readKeys(id: string, written: readonly string[]): KeyName[] | Refusal {
  const own = defaults.get(id);
  if (own === undefined) {
    const nearest = nearestName(id, [...defaults.keys()]);
    const remedy = nearest === undefined ? 'docs/keys.md has the names of all actions.' : `Did you mean ${nearest}?`;
    return {text: 'is not the name of an action', remedy};
  }
  const keys = written.map(parseKeyName);
  const wrong = keys.indexOf(null);
  if (wrong !== -1) return {text: `has ${JSON.stringify(written[wrong])}, which is no key${OWN}`, remedy: KEY_FORM};
  const names = keys.filter((key) => key !== null);
  const reserved = names.find((key) => reservedKeys.has(key) && !own.includes(key));
  if (reserved !== undefined) {
    return {
      text: `has ${shownKey(reserved)}, which is reserved${OWN}`,
      remedy: 'Choose a key other than Ctrl+C, Esc and Enter.',
    };
  }
  return [...new Set([...names, ...own.filter((key) => reservedKeys.has(key))])];
}

const KEY_FORM =
  'A key is one character, Space, Tab, Shift+Tab, Backspace, Up, Down, Left, Right, PgUp, PgDn, Home, End, or Ctrl+ and a letter.';

/** The actions whose chosen keys cannot be used together with all others. */
function conflicts(overrides: KeyOverrides, screens: readonly Screen[]): readonly KeyProblem[] {
  const found = new Map<string, KeyProblem>();
  for (const id of overrides.keys()) {
    const problem = conflictOf(id, overrides, screens);
    if (problem !== null) found.set(id, {id, ...problem});
  }
  return [...found.values()];
}

function conflictOf(id: string, overrides: KeyOverrides, screens: readonly Screen[]): Refusal | null {
  const keysOf = (action: string): readonly KeyName[] => overrides.get(action) ?? defaults.get(action) ?? [];
  for (const screen of screens) {
    const own = screen.lines.map((line) => line.id);
    const all = [...own, ...idsOf(reachable(screen, screens)), ...idsOf(shellKeysOn(screen))];
    if (!all.includes(id)) continue;
    for (const key of keysOf(id)) {
      const isNew = !(defaults.get(id) ?? []).includes(key);
      if (isNew && own.includes(id) && screen.isTextKey(key, id)) {
        return {
          text: `has ${shownKey(key)}, which the text that is typed ${placeOf(screen)} needs${OWN}`,
          remedy: OTHER_KEY,
        };
      }
      const other = all.find((action) => action !== id && keysOf(action).includes(key) && !isOfTable(key, id, action));
      if (other !== undefined) {
        return {text: `has ${shownKey(key)}, which is ${other} ${placeOf(screen)}${OWN}`, remedy: OTHER_KEY};
      }
    }
  }
  return answerConflict(id, keysOf, screens);
}

const OWN = '; the action keeps its own keys';
const OTHER_KEY = 'Choose another key, or change the other one too.';

/** A key that is held down repeats: the one that opens a question must not answer it. */
function answerConflict(
  id: string,
  keysOf: (action: string) => readonly KeyName[],
  screens: readonly Screen[],
): Refusal | null {
  for (const {kind, opener, lines} of screens) {
    if (kind !== 'dialog') continue;
    const answers = lines.filter(({isDangerous}) => isDangerous).map((line) => line.id);
    const others = id === opener.id ? answers : answers.includes(id) ? [opener.id] : [];
    for (const other of others) {
      const key = keysOf(id).find((name) => keysOf(other).includes(name));
      if (key === undefined) continue;
      return {
        text: `has ${shownKey(key)}, which is ${other}, and a key that is held down would answer its own question${OWN}`,
        remedy: OTHER_KEY,
      };
    }
  }
  return null;
}

/** True where the table has both actions on the key: the one of the screen comes first. */
function isOfTable(key: KeyName, one: string, other: string): boolean {
  return [one, other].every((id) => defaults.get(id)?.includes(key) === true);
}

function reachable(screen: Screen, screens: readonly Screen[]) {
  return reachableFrom(screen.tab === null ? screen : null, screens).map(({opener}) => opener);
}

function idsOf(lines: readonly {readonly id: string}[]): readonly string[] {
  return lines.map(({id}) => id);
}

function placeOf({kind, name}: Screen): string {
  return kind === 'dialog' ? `in the ${name} dialog` : `on the ${name} screen`;
}
