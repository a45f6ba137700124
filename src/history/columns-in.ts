import type {DatabaseSync} from 'node:sqlite';

/** Names of the columns of a table; none if it does not exist. */
export function columnsIn(database: DatabaseSync, table: string): ReadonlySet<string> {
  const rows = database.prepare(`PRAGMA table_info(${table})`).all();
  return new Set(rows.map(({name}) => String(name)));
}
