import type {ConsoleData} from '../../client/console-data.ts';
import type {KeyName} from './key-names.ts';

/** A key for the help and the footer. */
export type KeyLine = {
  readonly keys: readonly KeyName[];
  /** The keys as shown in the help. */
  readonly shown: string;
  /** One or two words for the footer; null: only in the help. */
  readonly hint: string | null;
  /** Its hint makes room in a narrow footer before others do. */
  readonly isMinor: boolean;
  readonly description: string;
  readonly group: string;
  /** Why the key is disabled now; null when it works. */
  readonly disabledReason: (data: ConsoleData) => string | null;
};

/** The part of a line that every key table gives; the rest has defaults. */
export type KeySpec = Pick<KeyLine, 'keys' | 'description'> & Partial<KeyLine>;

/** The group of the keys of dialogs. */
export const DIALOG_GROUP = 'In a dialog';

const firstGroups: readonly string[] = ['Console', 'Engine', 'Panels', 'Log'];

/** A line with its defaults filled in. */
export function keyLine(spec: KeySpec, group: string): KeyLine {
  return {shown: spec.keys.join(', '), hint: null, isMinor: false, group, disabledReason: () => null, ...spec};
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
