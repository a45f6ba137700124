/** Something that a pattern in a line tells. */
export type WithPattern = {readonly pattern: RegExp};

/** Places of entries that follow each other, and one expression that matches wherever one of their patterns does. */
type Group = {readonly any: RegExp; readonly start: number; readonly end: number};

/**
 * Most patterns of a group. A line that no pattern matches costs a call per group; with much larger groups the engine of regular
 * expressions no longer skips ahead.
 */
const GROUP_SIZE = 16;

const groupsOf = new WeakMap<readonly WithPattern[], readonly Group[]>();

/**
 * The first entry of a list whose pattern matches a text, with its match; null when none does. The list does not change: it is
 * prepared once.
 */
export function firstMatch<Entry extends WithPattern>(
  entries: readonly Entry[],
  text: string,
): {readonly entry: Entry; readonly match: RegExpExecArray} | null {
  let groups = groupsOf.get(entries);
  if (groups === undefined) {
    groups = grouped(entries);
    groupsOf.set(entries, groups);
  }
  for (const {any, start, end} of groups) {
    if (!any.test(text)) continue;
    for (const entry of entries.slice(start, end)) {
      const match = entry.pattern.exec(text);
      if (match !== null) return {entry, match};
    }
  }
  return null;
}

/** Patterns of one group have the same flags. */
function grouped(entries: readonly WithPattern[]): readonly Group[] {
  const groups: Group[] = [];
  let start = 0;
  for (let end = 1; end <= entries.length; end += 1) {
    const [first, next] = [entries[start]?.pattern, entries[end]?.pattern];
    if (first === undefined) break;
    if (next !== undefined && end - start < GROUP_SIZE && canJoin(first, next)) continue;
    const patterns = entries.slice(start, end).map(({pattern}) => pattern);
    groups.push({any: joined(first, patterns), start, end});
    start = end;
  }
  return groups;
}

/** Joined, the groups of a pattern have other numbers, and a name would stand there twice. */
const hasReference = /\\[1-9k]|\(\?<[A-Za-z_$]/;

function canJoin(first: RegExp, next: RegExp): boolean {
  return first.flags === next.flags && !hasReference.test(first.source) && !hasReference.test(next.source);
}

function joined(first: RegExp, patterns: readonly RegExp[]): RegExp {
  if (patterns.length === 1) return first;
  return new RegExp(patterns.map(({source}) => `(?:${source})`).join('|'), first.flags);
}
