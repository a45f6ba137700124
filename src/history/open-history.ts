import {existsSync, renameSync} from 'node:fs';
import {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../api/commands.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {HistoryStore} from './history-store.ts';
import {createTables, HISTORY_SCHEMA_VERSION} from './schema.ts';

/**
 * Opens the history at a path (`:memory:` for one that is forgotten). A file that is no database, or a damaged one, is
 * moved aside under a name that says so, and a new one begun; `movedAside` names it then. A file of a newer Gantry, or
 * one that cannot be written, is an error.
 */
export function openHistory(options: {readonly path: string}): Result<HistoryStore, ApiError> {
  const first = tryToOpen(options.path);
  if (first.ok || first.error.code !== 'history.damaged') return first;
  const aside = `${options.path}.damaged-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
  try {
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(options.path + suffix)) renameSync(options.path + suffix, aside + suffix);
    }
  } catch (error) {
    return err(unusable(options.path, error));
  }
  return tryToOpen(options.path, aside);
}

function tryToOpen(path: string, movedAside: string | null = null): Result<HistoryStore, ApiError> {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 1000');
    const row = database.prepare('PRAGMA user_version').get();
    const version = Number(row?.['user_version'] ?? 0);
    if (version > HISTORY_SCHEMA_VERSION) {
      database.close();
      return err({
        code: 'history.newer',
        message: `${path} was written by a newer Gantry (version ${version}, this one knows ${HISTORY_SCHEMA_VERSION}).`,
        remedy: 'Upgrade Gantry, or move the file away.',
      });
    }
    const check = database.prepare('PRAGMA quick_check(1)').get();
    if (check?.['quick_check'] !== 'ok') throw new Error(`database disk image is malformed: ${String(check?.['quick_check'])}`);
    createTables(database);
    return ok(new HistoryStore(database, movedAside));
  } catch (error) {
    database?.close();
    return err(isDamage(error) ? damaged(path, error) : unusable(path, error));
  }
}

/** SQLITE_CORRUPT (11) and SQLITE_NOTADB (26). */
function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error && (error.errcode === 11 || error.errcode === 26)) return true;
  return /malformed|not a database/.test(error.message);
}

function damaged(path: string, error: unknown): ApiError {
  return {
    code: 'history.damaged',
    message: `${path} is damaged: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'It is moved aside and a new history begun.',
  };
}

function unusable(path: string, error: unknown): ApiError {
  return {
    code: 'history.unusable',
    message: `The history ${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'Check that the directory exists, is yours and has room, then restart the supervisor.',
  };
}

export type {HistoryStore} from './history-store.ts';
