import type {DatabaseSync} from 'node:sqlite';
import {tiers} from './tiers.ts';

/** Raised with every change of the tables; a file of a newer version is not opened. */
export const HISTORY_SCHEMA_VERSION = 1;

/** Makes the tables of an empty database. */
export function createTables(database: DatabaseSync): void {
  for (const {table} of tiers) {
    // Sum and count, not the mean: a coarser row grows with each sample that falls into it.
    database.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (
         series TEXT NOT NULL, at_ms INTEGER NOT NULL, sum REAL, count INTEGER NOT NULL,
         PRIMARY KEY (series, at_ms)) WITHOUT ROWID`,
    );
  }
  database.exec(
    `CREATE TABLE IF NOT EXISTS starts (
       run_id TEXT PRIMARY KEY, engine TEXT NOT NULL, total_ms REAL NOT NULL, phases TEXT NOT NULL, settings TEXT NOT NULL)`,
  );
  database.exec(`PRAGMA user_version = ${HISTORY_SCHEMA_VERSION}`);
}
