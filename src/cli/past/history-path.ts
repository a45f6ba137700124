import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import {HISTORY_FILE} from '../../history/open-history.ts';

/** Directory of the simulated node's history: simulated data must never be mixed with real data. */
export function simulatedDataDir(dataDir: string): string {
  return path.join(dataDir, 'simulated-node');
}

/** The history file of the real node, or of the simulated one. */
export function historyPath(dataDir: string, isSimulated: boolean): string {
  return path.join(isSimulated ? simulatedDataDir(dataDir) : dataDir, HISTORY_FILE);
}

/** Neither a supervisor nor a history file; the remedy is what the command needs. */
export function noHistory(remedy: string): ApiError {
  return {code: 'history.none', message: 'There is no history of this node: no supervisor has run yet.', remedy};
}
