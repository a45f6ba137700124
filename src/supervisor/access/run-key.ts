import {existsSync} from 'node:fs';
import {readdir, rm} from 'node:fs/promises';
import path from 'node:path';
import type {Engine} from '../../engines/engine.ts';
import {errorCode} from '../../shared/error-code.ts';
import {readRecord} from '../../sources/host/own-files.ts';
import {readWords, variableIn} from '../process/proc-words.ts';
import {RUN_ID_VARIABLE} from '../process/run-mark.ts';
import {listRuns, runDirectory} from '../state-dir/run-directories.ts';
import {apiKeyPath, readApiKey} from './api-key.ts';
import {writeKeyFile} from './key-file.ts';

/**
 * Notes the key of a run next to it: a later supervisor asks the engine with the key that it was started with, whatever
 * the present one is. Those of earlier runs are removed.
 */
export async function keepRunKey(
  {stateDir, runId}: {readonly stateDir: string; readonly runId: string},
  key: string | null,
): Promise<void> {
  for (const earlier of await listRuns(stateDir)) {
    if (earlier !== runId) await removeKeys(runDirectory(stateDir, earlier));
  }
  if (key !== null) await writeKeyFile(runKeyPath(runDirectory(stateDir, runId)), key);
}

/** Also files with the key that an engine reads: `api-key.yaml`. */
async function removeKeys(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (/^api-key\b/.test(name)) await rm(path.join(directory, name), {force: true});
  }
}

/** Every key in the files of a state directory, for what has to leave them out: that of the next start, and those of runs. */
export async function recordedKeys(stateDir: string): Promise<readonly {readonly apiKey: string}[]> {
  const files = [
    apiKeyPath({stateDir}),
    ...(await listRuns(stateDir)).map((runId) => runKeyPath(runDirectory(stateDir, runId))),
  ];
  return files.map(readKeyOrNull).flatMap((apiKey) => (apiKey === null || apiKey === '' ? [] : [{apiKey}]));
}

/** The key of the newest run that has files; null if it had none, and for no run. */
export async function keyOfNewestRun(stateDir: string): Promise<string | null> {
  const newest = (await listRuns(stateDir)).at(-1);
  if (newest === undefined) return null;
  return readRecord(runKeyPath(runDirectory(stateDir, newest)))?.trim() ?? null;
}

type LostKey = {
  readonly stateDir: string;
  /** Of the run. */
  readonly directory: string;
  readonly engine: Pick<Engine, 'apiKeyVariable'>;
  /** Processes of the run, which may have the key in their environment. */
  readonly pids: readonly number[];
  /** True if the run had no directory any more: then the key of the next start is the best guess. */
  readonly isDirectoryLost: boolean;
};

/**
 * Notes the key of a running engine again, whose file was lost. False if it is unknown whether the engine has one: then
 * its requests may be refused. A key that an engine without one is sent does no harm.
 */
export async function restoreRunKey({stateDir, directory, engine, pids, isDirectoryLost}: LostKey): Promise<boolean> {
  const file = runKeyPath(directory);
  if (existsSync(file)) return true;
  const environments = await Promise.all(pids.map((pid) => readWords(pid, 'environ')));
  const given = environments.map((words) => variableIn(words, engine.apiKeyVariable) ?? '').find((key) => key !== '');
  const next = isDirectoryLost && given === undefined ? await readApiKey(engine, {}, {stateDir}) : null;
  const key = given ?? (next?.kind === 'key' ? next.value : null);
  if (key !== null) await writeKeyFile(file, key);
  // A process that has the mark has all that it was started with.
  return key !== null || !isDirectoryLost || environments.some((words) => variableIn(words, RUN_ID_VARIABLE) !== null);
}

function runKeyPath(directory: string): string {
  return path.join(directory, 'api-key');
}

/**
 * The key with which the engine of a run was started; null for an engine without one. A run of an earlier Gantry, which
 * did not note it, has that of the environment, as has one whose file cannot be read: a wrong key is refused, and seen.
 */
export function runKeyOf(directory: string, engine: Engine, environment: NodeJS.ProcessEnv): string | null {
  const noted = readKeyOrNull(runKeyPath(directory));
  if (noted !== null) return noted;
  const key = environment[engine.apiKeyVariable] ?? '';
  return key === '' ? null : key;
}

/** Null for a key that is not noted, and for a file that cannot be read. */
function readKeyOrNull(file: string): string | null {
  try {
    return readRecord(file)?.trim() ?? null;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return null;
  }
}
