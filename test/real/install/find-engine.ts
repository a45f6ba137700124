import {accessSync, constants, mkdirSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A real engine that can be started, or why there is none. */
export type FoundEngine = {readonly executable: string} | {readonly missing: string};

/**
 * Where real engines are installed, outside the repository: `GANTRY_REAL_ENGINES`, or Gantry's folder in the user's cache. With
 * `venv/bin/vllm` and `bin/llama-server`, whoever put them there.
 */
export function enginesDirectory(): string {
  const given = process.env['GANTRY_REAL_ENGINES'];
  if (given !== undefined && given !== '') return path.resolve(given);
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache');
  const directory = path.join(cache, 'gantry', 'real-engines');
  mkdirSync(directory, {recursive: true});
  return directory;
}

/** The program at this place of the directory, installed first if it is not there. */
export function findEngine(place: string, install: (directory: string) => string | null): FoundEngine {
  const directory = enginesDirectory();
  const executable = path.join(directory, place);
  if (isExecutable(executable)) return {executable};
  if (process.env['GANTRY_REAL_ENGINES'] !== undefined) return {missing: `${place} is not in GANTRY_REAL_ENGINES`};
  try {
    const problem = install(directory);
    if (problem !== null) return {missing: problem};
  } catch (error) {
    return {missing: error instanceof Error ? error.message : String(error)};
  }
  return isExecutable(executable) ? {executable} : {missing: `its installation did not write ${place}`};
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
