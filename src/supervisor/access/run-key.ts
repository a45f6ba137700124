import {readFileSync} from 'node:fs';
import {readdir, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import type {Engine} from '../../engines/engine.ts';
import {errorCode} from '../../shared/error-code.ts';
import {listRuns, runDirectory} from '../state-dir/run-directories.ts';
import {apiKeyPath, writeKeyFile} from './api-key.ts';

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
  const keys = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return keys.map((key) => key.trim()).flatMap((apiKey) => (apiKey === '' ? [] : [{apiKey}]));
}

function runKeyPath(directory: string): string {
  return path.join(directory, 'api-key');
}

/**
 * The key with which the engine of a run was started; null for an engine without one. A run of an earlier Gantry, which
 * did not note it, has that of the environment.
 */
export function runKeyOf(directory: string, engine: Engine, environment: NodeJS.ProcessEnv): string | null {
  try {
    return readFileSync(runKeyPath(directory), 'utf8').trim();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    const key = environment[engine.apiKeyVariable] ?? '';
    return key === '' ? null : key;
  }
}
