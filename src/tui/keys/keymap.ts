import type {KeyLine} from './key-line.ts';
import {type KeyName, shownKey} from './key-names.ts';
import {allKeyLines, type KeyId} from './key-table.ts';

/** The keys of actions that differ from the table, by the name of the action. */
export type KeyOverrides = ReadonlyMap<string, readonly KeyName[]>;

/** The keys in force: those of the table, and what the operator chose instead. */
export type Keymap = {
  readonly keysOf: (id: KeyId) => readonly KeyName[];
  /** True if the key is one of this action. */
  readonly has: (id: KeyId, key: KeyName) => boolean;
  /** A line of the table with its keys in force. */
  readonly lineOf: (line: KeyLine) => KeyLine;
  /** The first key of an action as it is shown; without one, how to name it in the palette. */
  readonly shown: (id: KeyId) => string;
};

const linesOfTable: ReadonlyMap<string, KeyLine> = new Map(allKeyLines().map((line) => [line.id, line]));

/** The keys of the table with these in place of some. */
export function keymapOf(overrides: KeyOverrides): Keymap {
  const lineOf = (line: KeyLine): KeyLine => {
    const keys = overrides.get(line.id);
    return keys === undefined ? line : {...line, keys, shown: keys.length === 0 ? '-' : keys.map(shownKey).join(', ')};
  };
  const keysOf = (id: KeyId): readonly KeyName[] => overrides.get(id) ?? linesOfTable.get(id)?.keys ?? [];
  return {
    keysOf,
    has: (id, key) => keysOf(id).includes(key),
    lineOf,
    shown(id) {
      const [first] = keysOf(id);
      return first === undefined ? `${shownKey(keysOf('console.palette')[0] ?? '')}${id}` : shownKey(first);
    },
  };
}

/** The keys of the table as they are. */
export const tableKeys: Keymap = keymapOf(new Map());
