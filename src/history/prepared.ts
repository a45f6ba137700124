import type {DatabaseSync, StatementSync} from 'node:sqlite';

const statementsOf = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/**
 * The statement of this text, prepared once per database. SQLite's memory of a statement is no part of the JavaScript heap:
 * statements that are prepared again and again fill the process with what no garbage collection is in a hurry to free.
 */
export function prepared(database: DatabaseSync, sql: string): StatementSync {
  let statements = statementsOf.get(database);
  if (statements === undefined) {
    statements = new Map();
    statementsOf.set(database, statements);
  }
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = database.prepare(sql);
  statements.set(sql, statement);
  return statement;
}
