import path from 'node:path';
import {readRecord} from '../../sources/host/own-files.ts';
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

/** One line written by another process; null until it is complete, and for what no such process has written. */
export function readCompleteLine(file: string): string | null {
  const text = readRecord(file);
  return text?.endsWith('\n') === true ? text.trimEnd() : null;
}

/** The engine's identity at its start, from the shim's record; null until complete. */
export function readBirth(directory: string): ProcStat | null {
  const {pidPath, birthPath} = runFiles(directory);
  const [pid, line] = [readCompleteLine(pidPath), readCompleteLine(birthPath)];
  return pid === null || line === null ? null : parseProcStat(line);
}

/** The exit status the shim recorded, as a shell reports it; null when nothing was recorded. */
export function readExitStatus(directory: string): number | null {
  const line = readCompleteLine(runFiles(directory).exitStatusPath);
  return line !== null && /^\d{1,3}$/u.test(line) ? Number(line) : null;
}
