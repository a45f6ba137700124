import {accessSync, constants, existsSync, mkdirSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {CommandFailure} from './run-command.ts';

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
  if (process.env['GANTRY_REAL_ENGINES'] !== undefined) {
    return isExecutable(executable) ? {executable} : {missing: `${place} is not in GANTRY_REAL_ENGINES`};
  }
  // The program is there before its installation is complete, also if that was interrupted.
  const mark = path.join(directory, `${place.replaceAll('/', '-')}.installed`);
  if (existsSync(mark) && isExecutable(executable)) return {executable};
  try {
    const problem = install(directory);
    if (problem !== null) return {missing: problem};
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return {missing: error.message};
  }
  if (!isExecutable(executable)) return {missing: `its installation did not write ${place}`};
  writeFileSync(mark, '');
  return {executable};
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
