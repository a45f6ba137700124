import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {errorCode} from '../../shared/error-code.ts';
import {type ProcStat, parseProcStat} from './proc-stat.ts';

/** The files of one run. */
export type RunFiles = {
  readonly logPath: string;
  /** Written by the shim: the engine's pid. */
  readonly pidPath: string;
  /** Written by the shim: /proc/<pid>/stat of the engine at its start. */
  readonly birthPath: string;
  /** Written by the shim: the engine's exit status. */
  readonly exitStatusPath: string;
};

/** The paths of a run's files. */
export function runFiles(directory: string): RunFiles {
  return {
    logPath: path.join(directory, 'engine.log'),
    pidPath: path.join(directory, 'engine.pid'),
    birthPath: path.join(directory, 'engine.birth'),
    exitStatusPath: path.join(directory, 'exit-status'),
  };
}

/** One line written by another process; null until it is complete. */
export async function readCompleteLine(file: string): Promise<string | null> {
  try {
    const text = await readFile(file, 'utf8');
    return text.endsWith('\n') ? text.trimEnd() : null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The engine's identity at its start, from the shim's record; null until complete. */
export async function readBirth(directory: string): Promise<ProcStat | null> {
  const {pidPath, birthPath} = runFiles(directory);
  const [pid, line] = await Promise.all([readCompleteLine(pidPath), readCompleteLine(birthPath)]);
  return pid === null || line === null ? null : parseProcStat(line);
}

/** The exit status the shim recorded, as a shell reports it; null when nothing was recorded. */
export async function readExitStatus(directory: string): Promise<number | null> {
  const line = await readCompleteLine(runFiles(directory).exitStatusPath);
  return line !== null && /^\d{1,3}$/u.test(line) ? Number(line) : null;
}
