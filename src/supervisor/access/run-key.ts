import {readFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import type {Engine} from '../../engines/engine.ts';
import {errorCode} from '../../shared/error-code.ts';
import {listRuns, runDirectory} from '../state-dir/run-directories.ts';
import {writeKeyFile} from './api-key.ts';

/**
 * Notes the key of a run next to it: a later supervisor asks the engine with the key that it was started with, whatever
 * the present one is. Those of earlier runs are removed.
 */
export async function keepRunKey(
  {stateDir, runId}: {readonly stateDir: string; readonly runId: string},
  key: string | null,
): Promise<void> {
  for (const earlier of await listRuns(stateDir)) {
    if (earlier !== runId) await rm(runKeyPath(runDirectory(stateDir, earlier)), {force: true});
  }
  if (key !== null) await writeKeyFile(runKeyPath(runDirectory(stateDir, runId)), key);
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
