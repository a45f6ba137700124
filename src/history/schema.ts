import type {DatabaseSync} from 'node:sqlite';
import {tiers} from './tiers.ts';

/** Raised with every change of the tables; a file of a newer version is not opened. */
export const HISTORY_SCHEMA_VERSION = 6;

/** Columns that version 3 added to the events of version 2, with neutral defaults for old events. */
const addedToEvents: Readonly<Record<string, string>> = {
  severity: "TEXT NOT NULL DEFAULT 'info'",
  actor: "TEXT NOT NULL DEFAULT 'supervisor'",
  details: "TEXT NOT NULL DEFAULT '{}'",
};

/** Creates missing tables and columns. Always writes, so that a read-only file is detected immediately. */
export function createTables(database: DatabaseSync): void {
  for (const {table} of tiers) {
    // Sum and count, not the mean: a coarser row grows with each sample that falls into it.
    database.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (
         series TEXT NOT NULL, at_ms INTEGER NOT NULL, sum REAL NOT NULL, count INTEGER NOT NULL,
         PRIMARY KEY (series, at_ms)) WITHOUT ROWID`,
    );
  }
  database.exec(`
    CREATE TABLE IF NOT EXISTS starts (
      run_id TEXT PRIMARY KEY, engine TEXT NOT NULL, total_ms REAL NOT NULL, phases TEXT NOT NULL, settings TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS events (
      id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, run_id TEXT);
    CREATE TABLE IF NOT EXISTS ledger (
      hour_at_ms INTEGER PRIMARY KEY, node_usd REAL NOT NULL, api_usd REAL NOT NULL, prompt_tokens REAL NOT NULL,
      cached_prompt_tokens REAL NOT NULL, generation_tokens REAL NOT NULL);
    CREATE TABLE IF NOT EXISTS run_ledgers (run_id TEXT PRIMARY KEY, ledger TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS run_memory (run_id TEXT PRIMARY KEY, memory TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS run_conditions (run_id TEXT PRIMARY KEY, conditions TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS plan_outcomes (run_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, outcome TEXT NOT NULL);
  `);
  const columns = new Set(
    database
      .prepare('PRAGMA table_info(events)')
      .all()
      .map(({name}) => String(name)),
  );
  for (const [name, type] of Object.entries(addedToEvents)) {
    if (!columns.has(name)) database.exec(`ALTER TABLE events ADD COLUMN ${name} ${type}`);
  }
  database.exec(`PRAGMA user_version = ${HISTORY_SCHEMA_VERSION}`);
}
