import {mkdirSync} from 'node:fs';
import {findEngine} from '../../../engines/registry.ts';
import {replaceFile} from '../../../sources/host/own-files.ts';
import {restoreRunKey} from '../../access/run-key.ts';
import {containerOf, restoreContainer} from '../../process/container.ts';
import {readStatLine} from '../../process/proc-stat.ts';
import {runFiles} from '../../process/run-files.ts';
import type {JournalEntry} from '../journal-entry.ts';
import {readFileEnd} from '../journal-text.ts';
import {readRunJournal, writeRunJournal} from '../run-journal.ts';
import type {RunTraces} from './reconcile-runs.ts';

/** The end of a deleted log that is saved. */
const MOST_LOG_BYTES = 64 * 1024 * 1024;

/**
 * Writes what is missing of the files of a running engine: its directory, its record, its birth, its container, its key, and the log
 * until now, which its process still has open. Rejects where the directory cannot be written. False if its key may be lost.
 */
export async function restoreRun(
  stateDir: string,
  traces: RunTraces,
  entries: readonly JournalEntry[],
): Promise<{readonly isKeyKnown: boolean}> {
  const {runId, directory, living, hasLog, hasBirth, hasDirectory} = traces;
  if (living === null) return {isKeyKnown: true};
  mkdirSync(directory, {recursive: true, mode: 0o700});
  const ofRun = entries.filter((entry) => entry.runId === runId);
  if (readRunJournal(directory, runId).length < ofRun.length) writeRunJournal(directory, ofRun);
  const {logPath, pidPath, birthPath} = runFiles(directory);
  const line = hasBirth ? null : readStatLine(living.pid);
  if (line !== null) {
    replaceFile(birthPath, `${line}\n`);
    replaceFile(pidPath, `${living.pid}\n`);
  }
  if (!hasLog) replaceFile(logPath, readOpenLog(living.pid));
  const started = ofRun.findLast((entry) => entry.type === 'run-started');
  const container = started === undefined ? null : containerOf(started.argv, runId);
  if (container !== null) await restoreContainer(directory, container);
  const engine = started === undefined ? undefined : findEngine(started.settings.engine);
  if (engine === undefined) return {isKeyKnown: true};
  const pids = [living.pid, living.sessionId];
  const isKeyKnown = await restoreRunKey({stateDir, directory, engine, pids, isDirectoryLost: !hasDirectory});
  return {isKeyKnown};
}

/** Empty where the process writes elsewhere than into a file. */
function readOpenLog(pid: number): Buffer {
  try {
    return readFileEnd(`/proc/${pid}/fd/1`, MOST_LOG_BYTES).bytes;
  } catch {
    return Buffer.alloc(0);
  }
}
