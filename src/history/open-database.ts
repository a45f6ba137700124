import {closeSync, existsSync, openSync, renameSync, rmSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../api/commands.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {BYTES_PER_KIB} from '../shared/units.ts';
import {APPEND, PRIVATE_MODE} from '../sources/host/own-files.ts';
import {type Rescue, rescueLedger} from './ledger/rescue-ledger.ts';
import {createTables, HISTORY_SCHEMA_VERSION} from './schema.ts';

/** An open database, and the repairs needed to open it. */
export type OpenedDatabase = {readonly database: DatabaseSync; readonly warnings: readonly ApiError[]};

/**
 * Of a new file; an existing one keeps its own. Every minute a few short rows change, each in a table of its own, and a changed
 * page is written whole, twice.
 */
const PAGE_BYTES = BYTES_PER_KIB;

/** How long a statement waits for another process that has locked the file. The supervisor is blocked meanwhile. */
export const BUSY_TIMEOUT_MS = 250;

/** A new file is complete before it replaces a damaged one: a process may end at any time. */
const REBUILT_SUFFIX = '.rebuilt';
const JOURNAL_SUFFIXES = ['-wal', '-shm'];

/**
 * Opens a database file (`:memory:` for none) with its tables. A damaged file is moved aside and a new one created, with what
 * can be read of the ledger, and a warning. A file of a newer Gantry, or one that is not writable, is an error.
 */
export function openDatabase(path: string): Result<OpenedDatabase, ApiError> {
  try {
    if (!existsSync(path) && existsSync(path + REBUILT_SUFFIX)) renameSync(path + REBUILT_SUFFIX, path);
  } catch (error) {
    return err(unusable(path, error));
  }
  const first = tryToOpen(path);
  if (first.ok || first.error.code !== 'history.damaged') return first;
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
  const rescued = rebuild(path);
  if (!rescued.ok) return rescued;
  try {
    // The journals belong to the damaged file: the new one must not use them.
    for (const suffix of [...JOURNAL_SUFFIXES, '']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    }
    renameSync(path + REBUILT_SUFFIX, path);
  } catch (error) {
    return err(unusable(path, error));
  }
  const second = tryToOpen(path);
  if (!second.ok) return second;
  const remedy = `It was moved to ${aside}; a new history was created${rescueText(rescued.value)}.`;
  return ok({database: second.value.database, warnings: [{...first.error, remedy}]});
}

/** Makes a new file next to the damaged one, with what can be read of its ledger. */
function rebuild(path: string): Result<Rescue | null, ApiError> {
  const rebuilt = path + REBUILT_SUFFIX;
  let damaged: DatabaseSync | null = null;
  try {
    for (const suffix of ['', ...JOURNAL_SUFFIXES]) rmSync(rebuilt + suffix, {force: true});
    const opened = tryToOpen(rebuilt);
    if (!opened.ok) return opened;
    const {database} = opened.value;
    try {
      damaged = new (loadSqlite().DatabaseSync)(path, {readOnly: true});
      return ok(rescueLedger(damaged, database, Date.now()));
    } finally {
      // The last connection moves the journal into the file.
      database.close();
    }
  } catch (error) {
    return isDamage(error) ? ok(null) : err(unusable(rebuilt, error));
  } finally {
    damaged?.close();
  }
}

function rescueText(rescue: Rescue | null): string {
  if (rescue === null) return '';
  const all = rescue.hours + rescue.lostHours;
  return `, with ${rescue.hours} of ${all} hours of the cost ledger`;
}

function tryToOpen(path: string): Result<OpenedDatabase, ApiError> {
  let database: DatabaseSync | null = null;
  try {
    // SQLite gives its journals the mode of the file.
    if (path !== ':memory:') closeSync(openSync(path, APPEND, PRIVATE_MODE));
    database = new (loadSqlite().DatabaseSync)(path);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > HISTORY_SCHEMA_VERSION) {
      database.close();
      return err(newer(path, version));
    }
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
    const check = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (check !== 'ok') {
      database.close();
      // It answers with a heading and the first problem.
      return err(damaged(path, String(check).split('\n').at(-1) ?? ''));
    }
    return ok({database, warnings: createTables(database)});
  } catch (error) {
    database?.close();
    return err(isDamage(error) ? damaged(path, messageOf(error)) : unusable(path, error));
  }
}

/** Loads node:sqlite without the warning that Node 22 prints: it would appear in every operator's terminal. */
export function loadSqlite(): typeof import('node:sqlite') {
  const {emitWarning} = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes('SQLite is an experimental feature'))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB of SQLite's result codes; extended codes have them in their low byte. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false;
  return [11, 26].includes(error.errcode & 0xff);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error of a file of a later version. */
export function newer(path: string, version: number): ApiError {
  return {
    code: 'history.newer',
    message: `${path} was written by a newer Gantry (version ${version}, this one reads ${HISTORY_SCHEMA_VERSION}).`,
    remedy: 'Upgrade Gantry, or move the file to another place.',
  };
}

function damaged(path: string, detail: string): ApiError {
  return {
    code: 'history.damaged',
    message: `The history ${path} is damaged: ${detail}.`,
    remedy: 'Move it to another place; the supervisor creates a new history at its next start.',
  };
}

function unusable(path: string, error: unknown): ApiError {
  return {
    code: 'history.unusable',
    message: `The history ${path} cannot be opened: ${messageOf(error)}.`,
    remedy: 'Check that the directory exists, is writable and has free space, then restart the supervisor.',
  };
}
