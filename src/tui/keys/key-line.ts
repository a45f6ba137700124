import type {ConsoleData} from '../../client/console-data.ts';
import {type KeyName, shownKey} from './key-names.ts';

/** A key for the help, the footer and the page of keys. */
export type KeyLine = {
  /** `engine.stop`: the name of the action. */
  readonly id: string;
  readonly keys: readonly KeyName[];
  /** The keys as shown in the help. */
  readonly shown: string;
  /** One or two words for the footer; null: only in the help. */
  readonly hint: string | null;
  /** Its hint makes room in a narrow footer before others do. */
  readonly isMinor: boolean;
  readonly description: string;
  /** The screens on which it works. */
  readonly group: string;
  /** When it works, in words; null: always. */
  readonly when: string | null;
  /** True if it acts on the engine, or opens the dialog that does. */
  readonly isDangerous: boolean;
  /** Why the key is disabled now; null when it works. */
  readonly disabledReason: (data: ConsoleData) => string | null;
};

/** A row of the key table: what every key gives, and what differs from the defaults. */
export type KeyRow = Omit<KeySpec, 'id'>;
/** A row with its name. */
export type KeySpec = Pick<KeyLine, 'id' | 'keys' | 'description' | 'group'> & Partial<KeyLine>;

/** The group of the keys of dialogs. */
export const DIALOG_GROUP = 'In a dialog';

const firstGroups: readonly string[] = ['Console', 'Engine', 'Screens', 'Panels', 'Log'];

/** A line with its defaults filled in. */
export function keyLine(spec: KeySpec): KeyLine {
  return {
    shown: spec.keys.map(shownKey).join(', '),
    hint: null,
    isMinor: false,
    when: null,
    isDangerous: false,
    disabledReason: () => null,
    ...spec,
  };
}

/** Lines by group, in the order of help and footer; the order within a group is kept. */
export function byGroup<Line extends KeyLine>(lines: readonly Line[]): readonly Line[] {
  return lines.toSorted((a, b) => groupRank(a.group) - groupRank(b.group));
}

function groupRank(group: string): number {
  if (group === DIALOG_GROUP) return firstGroups.length + 1;
  const rank = firstGroups.indexOf(group);
  return rank === -1 ? firstGroups.length : rank;
}
