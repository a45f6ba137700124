import type {SeriesGroup, Tier} from './tiers.ts';

/** Column of the GPU that a row is of, in groups that have rows per GPU. */
export const GPU_COLUMN = 'gpu';

/** The two columns of a series. Sum and count, not the mean: a coarser row grows with each sample that falls into it. */
export function columnsOf(name: string): {readonly sum: string; readonly count: string} {
  return {sum: `${name}_sum`, count: `${name}_count`};
}

/** Statement that creates a table of a group with its key only. */
export function createStatement({table}: Tier, {isPerGpu}: Pick<SeriesGroup<string>, 'isPerGpu'>): string {
  return isPerGpu
    ? `CREATE TABLE IF NOT EXISTS ${table} (at_ms INTEGER, ${GPU_COLUMN} INTEGER, PRIMARY KEY (at_ms, ${GPU_COLUMN})) WITHOUT ROWID`
    : `CREATE TABLE IF NOT EXISTS ${table} (at_ms INTEGER PRIMARY KEY)`;
}

/** Statement that adds a row to a table: its parameters are the key, then sum and count of each series. */
export function upsertStatement({table}: Tier, {names, isPerGpu}: Omit<SeriesGroup<string>, 'tiers'>): string {
  const keys = isPerGpu ? ['at_ms', GPU_COLUMN] : ['at_ms'];
  const columns = names.flatMap((name) => Object.values(columnsOf(name)));
  // A sum with NULL is NULL: one of the two may be unknown.
  const grown = columns.map(
    (column) => `${column} = COALESCE(${column} + excluded.${column}, ${column}, excluded.${column})`,
  );
  const all = [...keys, ...columns];
  return `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})
    ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${grown.join(', ')}`;
}
