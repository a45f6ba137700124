import type {DatabaseSync, SQLInputValue} from 'node:sqlite';
import {nodeStates, priceDocumentSchema, tokenSources, tokenTotalsSchema} from '../../domain/cost/ledger/entries.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../shared/units.ts';
import {columnsIn} from '../columns-in.ts';
import {jsonText} from '../json-text.ts';
import {copyFileId} from './file-id.ts';
import {EARLIER_TABLES, takeOverLedger} from './take-over-ledger.ts';

/** Hours of the ledger of a damaged file that could be read, and those that could not. */
export type Rescue = {readonly hours: number; readonly lostHours: number};

type Row = Record<string, SQLInputValue>;

/** A table whose rows are found by the first column of its key, which is a multiple of `step`. */
type RescuedTable = {
  readonly table: string;
  readonly key: string;
  readonly step: number;
  /** False for a row that cannot be of the ledger: what is damaged need not look so to SQLite. */
  readonly isSound: (row: Row) => boolean;
};

const oneOf = (allowed: readonly string[], value: unknown): boolean => allowed.some((each) => each === value);
const always = (): boolean => true;
const runs: RescuedTable = {
  table: 'ledger_runs',
  key: 'run',
  step: 1,
  isSound: ({totals}) => jsonText.pipe(tokenTotalsSchema).safeParse(totals).success,
};
const epochs: RescuedTable = {
  table: 'price_epochs',
  key: 'id',
  step: 1,
  isSound: ({document}) => jsonText.pipe(priceDocumentSchema).safeParse(document).success,
};
const clock: RescuedTable = {table: 'ledger_clock', key: 'id', step: 1, isSound: always};
const benches: RescuedTable = {
  table: 'benches',
  key: 'id',
  step: 1,
  isSound: ({document}) => jsonText.safeParse(document).success,
};
const legacy: RescuedTable = {table: 'ledger_legacy', key: 'hour', step: MS_PER_HOUR, isSound: always};
const times: RescuedTable = {
  table: 'ledger_time',
  key: 'hour',
  step: MS_PER_HOUR,
  isSound: ({state}) => oneOf(nodeStates, state),
};
const earlierHours: RescuedTable = {table: 'ledger', key: 'hour_at_ms', step: MS_PER_HOUR, isSound: always};
const earlierRuns: RescuedTable = {table: 'run_ledgers', key: 'rowid', step: 1, isSound: always};
const minutes = {step: MS_PER_MINUTE, key: 'minute'};
/** Of a table whose ends cannot be read. */
const MOST_KEYS = 20_000;

/**
 * Adds what can be read of the ledger in a damaged file, of this version or an earlier one, to an empty one, in one transaction. Null
 * where the file has no ledger that can be found.
 */
export function rescueLedger(damaged: DatabaseSync, into: DatabaseSync, nowMs: number): Rescue | null {
  const rescue = has(damaged, times.table) ? rescueEntries : has(damaged, earlierHours.table) ? rescueEarlier : null;
  if (rescue === null) return null;
  into.exec('BEGIN IMMEDIATE');
  copyFileId(damaged, into);
  const rescued = rescue(damaged, into, nowMs);
  into.exec('COMMIT');
  return rescued;
}

/**
 * Tokens of a run of which it cannot be read what is booked are left out: they are booked again if it still runs. Without a
 * clock, time is booked until the end of what the last hour has.
 */
function rescueEntries(damaged: DatabaseSync, into: DatabaseSync, nowMs: number): Rescue {
  const copy = (table: RescuedTable): Set<number> => copyTable(damaged, into, table, nowMs);
  for (const table of [epochs, runs, clock, benches, legacy]) copy(table);
  const known = new Set(
    into
      .prepare('SELECT run FROM ledger_runs')
      .all()
      .map(({run}) => Number(run)),
  );
  const isToken = ({source, run}: Row): boolean =>
    oneOf(tokenSources, source) && (run === undefined || known.has(Number(run)));
  const tokens = {step: MS_PER_HOUR, key: 'hour', isSound: isToken};
  const lost = copy({...tokens, table: 'ledger_tokens'});
  for (const hour of copy(times)) lost.add(hour);
  copy({...minutes, table: 'ledger_minutes', isSound: isToken});
  copy({...times, ...minutes, table: 'ledger_minute_time'});
  into.exec(CLOCK_OF_TIMES);
  return {hours: countIn(into, COUNT_HOURS), lostHours: lost.size};
}

/** The rows of an earlier version, which are then taken over as from a file of it. */
function rescueEarlier(damaged: DatabaseSync, into: DatabaseSync, nowMs: number): Rescue {
  into.exec(EARLIER_TABLES);
  const lost = copyTable(damaged, into, earlierHours, nowMs).size;
  const found = countIn(into, `SELECT COUNT(*) AS hours FROM ${earlierHours.table}`);
  if (has(damaged, earlierRuns.table)) copyTable(damaged, into, earlierRuns, nowMs);
  takeOverLedger(into);
  const hours = countIn(into, 'SELECT COUNT(*) AS hours FROM ledger_legacy');
  return {hours, lostHours: lost + found - hours};
}

function countIn(database: DatabaseSync, sql: string): number {
  return Number(database.prepare(sql).get()?.['hours'] ?? 0);
}

function has(damaged: DatabaseSync, table: string): boolean {
  try {
    return columnsIn(damaged, table).size > 0;
  } catch {
    return false;
  }
}

/** Copies the sound rows of a table; the keys of those that were lost. */
function copyTable(damaged: DatabaseSync, into: DatabaseSync, of: RescuedTable, nowMs: number): Set<number> {
  const {table, key, step, isSound} = of;
  const lost = new Set<number>();
  const columns = [...columnsIn(into, table)];
  const insert = into.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  const take = (row: Row): void => {
    const at = Number(row['key_of_row']);
    try {
      if (at % step !== 0 || !isSound(row)) throw new Error('no row of the ledger');
      insert.run(...columns.map((column) => row[column] ?? null));
    } catch {
      lost.add(at);
    }
  };
  const rowsIn = damaged.prepare(`SELECT ${key} AS key_of_row, * FROM ${table} WHERE ${key} BETWEEN ? AND ?`);
  const copyBetween = (first: number, last: number): void => {
    let rows: Row[] = [];
    try {
      rows = rowsIn.all(first, last).map((row): Row => ({...row}));
    } catch {
      if (first >= last) {
        lost.add(first);
        return;
      }
      const middle = first + Math.floor((last - first) / step / 2) * step;
      copyBetween(first, middle);
      copyBetween(middle + step, last);
    }
    for (const row of rows) take(row);
  };
  const newest = step === 1 ? MOST_KEYS : Math.floor(nowMs / step) * step;
  copyBetween(endOf(damaged, of, 'MIN') ?? newest - (MOST_KEYS - 1) * step, endOf(damaged, of, 'MAX') ?? newest);
  return lost;
}

/** The least or greatest key; null where it cannot be read, zero in an empty table. */
function endOf(damaged: DatabaseSync, {table, key}: RescuedTable, end: 'MIN' | 'MAX'): number | null {
  try {
    return Number(damaged.prepare(`SELECT ${end}(${key}) AS at FROM ${table}`).get()?.['at'] ?? 0);
  } catch {
    return null;
  }
}

const CLOCK_OF_TIMES = `INSERT OR IGNORE INTO ledger_clock (id, since_ms, covered_ms, boot_id, uptime_ms)
  SELECT 1, MIN(hour), MAX(hour) + (SELECT MIN(${MS_PER_HOUR}, SUM(ms)) FROM ledger_time AS last
    WHERE last.hour = (SELECT MAX(hour) FROM ledger_time)), '', 0 FROM ledger_time HAVING COUNT(*) > 0`;
const COUNT_HOURS = `SELECT COUNT(*) AS hours FROM (SELECT hour FROM ledger_tokens UNION SELECT hour FROM ledger_time)`;
