import {closeSync, existsSync, openSync} from 'node:fs';
import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import {APPEND, PRIVATE_MODE} from '../../sources/host/own-files.ts';

/** Where a supervisor in the background writes what it has to say. */
export function supervisorLogPath(stateDir: string): string {
  return path.join(stateDir, 'supervisor.log');
}

/** Why its log cannot be used; null if it can, or does not exist. */
export function findLogProblem(stateDir: string): ApiError | null {
  const file = supervisorLogPath(stateDir);
  if (!existsSync(file)) return null;
  try {
    closeSync(openSync(file, APPEND, PRIVATE_MODE));
    return null;
  } catch (error) {
    return {
      code: 'supervisor.log-unusable',
      message: `${file} cannot be opened: ${error instanceof Error ? error.message : String(error)}. A supervisor in the background has no log.`,
      remedy: 'Delete it, or correct its owner and mode, and run gantry supervisor restart.',
    };
  }
}
