import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../api/commands.ts';
import {columnsIn} from './columns-in.ts';
import {fillHours} from './histograms/fill-hours.ts';
import {histogramStatements} from './histograms/histogram-tiers.ts';
import {fillReadTimes} from './histograms/kept-reads.ts';
import {giveFileId} from './ledger/file-id.ts';
import {ledgerStatements} from './ledger/ledger-schema.ts';
import {takeOverLedger} from './ledger/take-over-ledger.ts';
import {columnsOf, createStatement} from './series/series-columns.ts';
import {gpuSeries, nodeSeries, type SeriesGroup, type Tier} from './series/tiers.ts';

/** Raised with every change of the tables; a file of a newer version is not opened. */
export const HISTORY_SCHEMA_VERSION = 14;

/** Before, the ledger had amounts with fractions, in tables of other names. */
const FIRST_LEDGER_VERSION = 14;

/** Columns that version 3 added to the events of version 2, with neutral defaults for old events. */
const addedToEvents: Readonly<Record<string, string>> = {
  severity: "TEXT NOT NULL DEFAULT 'info'",
  actor: "TEXT NOT NULL DEFAULT 'supervisor'",
  details: "TEXT NOT NULL DEFAULT '{}'",
};

/**
 * Creates missing tables and columns, and takes over what a file of an earlier version has, all of it or nothing: an earlier
 * file that is not converted to its end remains one. Always writes, so that a read-only file is detected immediately. Throws as
 * SQLite does. Answers with warnings about what could not be taken over.
 */
export function createTables(database: DatabaseSync): readonly ApiError[] {
  database.exec('BEGIN IMMEDIATE');
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  createAll(database);
  giveFileId(database);
  const warnings = version < FIRST_LEDGER_VERSION ? takeOverLedger(database) : [];
  database.exec(`PRAGMA user_version = ${HISTORY_SCHEMA_VERSION}; COMMIT`);
  return warnings;
}

function createAll(database: DatabaseSync): void {
  for (const group of [nodeSeries, gpuSeries]) createSeriesTables(database, group);
  for (const tier of nodeSeries.tiers) takeOverRows(database, tier);
  const hasHours = columnsIn(database, 'histograms_3600s').size > 0;
  const hasReadTimes = columnsIn(database, 'histogram_read_times').size > 0;
  database.exec(`
    CREATE TABLE IF NOT EXISTS starts (
      run_id TEXT PRIMARY KEY, engine TEXT NOT NULL, total_ms REAL NOT NULL, phases TEXT NOT NULL, settings TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS events (
      id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, run_id TEXT);
    CREATE TABLE IF NOT EXISTS run_memory (run_id TEXT PRIMARY KEY, memory TEXT NOT NULL);
    DROP TABLE IF EXISTS run_conditions;
    CREATE TABLE IF NOT EXISTS plan_outcomes (run_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, outcome TEXT NOT NULL);
    ${histogramStatements}
    ${ledgerStatements}
  `);
  if (!hasHours) fillHours(database);
  if (!hasReadTimes) fillReadTimes(database);
  const columns = columnsIn(database, 'events');
  for (const [name, type] of Object.entries(addedToEvents)) {
    if (!columns.has(name)) database.exec(`ALTER TABLE events ADD COLUMN ${name} ${type}`);
  }
}

/** One row per time, with two columns per series. Columns of a later version stay, and are not read. */
function createSeriesTables(database: DatabaseSync, group: SeriesGroup<string>): void {
  for (const tier of group.tiers) {
    database.exec(createStatement(tier, group));
    const present = columnsIn(database, tier.table);
    for (const name of group.names) {
      const {sum, count} = columnsOf(name);
      if (present.has(sum)) continue;
      database.exec(
        `ALTER TABLE ${tier.table} ADD COLUMN ${sum} REAL; ALTER TABLE ${tier.table} ADD COLUMN ${count} INTEGER`,
      );
    }
  }
}

/** Until version 6 a row had one series. */
function takeOverRows(database: DatabaseSync, {table}: Tier): void {
  const earlier = table.replace('series_', 'samples_');
  if (columnsIn(database, earlier).size === 0) return;
  const columns = nodeSeries.names.flatMap((name) => Object.values(columnsOf(name)));
  const cells = nodeSeries.names.flatMap((name) =>
    ['sum', 'count'].map((cell) => `SUM(CASE series WHEN '${name}' THEN ${cell} END)`),
  );
  database.exec(`
    INSERT OR IGNORE INTO ${table} (at_ms, ${columns.join(', ')})
      SELECT at_ms, ${cells.join(', ')} FROM ${earlier} GROUP BY at_ms;
    DROP TABLE ${earlier}`);
}
