import {statSync} from 'node:fs';
import type {PastExit, RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {isSameProcess, readBootId} from '../process/process-identity.ts';
import {runFiles} from '../process/run-files.ts';

type Circumstances = {
  readonly nowMs: number;
  /** Of the host. */
  readonly uptimeMs: number;
  /** When the last supervisor saw it serve; null if that is not stored. */
  readonly seenAtMs: number | null;
};

/**
 * When the engine of a run exited, if it has before anybody watched; null for one that runs. Its last sign of life is its
 * log, or what the last supervisor stored. Times from the future, by a clock that was set back, say nothing.
 */
export function readPastExit(run: RunIdentity, {nowMs, uptimeMs, seenAtMs}: Circumstances): PastExit | null {
  if (isSameProcess(run)) return null;
  const {exitStatusPath, logPath} = runFiles(run.directory);
  const signs = [run.startedAtMs, modifiedAtMs(logPath), seenAtMs].flatMap((time) =>
    time !== null && time <= nowMs ? [time] : [],
  );
  const seen = signs.length === 0 ? null : Math.max(...signs);
  const exitedAtMs = modifiedAtMs(exitStatusPath);
  const isBeforeBoot = run.bootId !== readBootId();
  // A clock that is behind after the boot makes the shutdown a time in the future.
  const isKnown = exitedAtMs !== null && !(isBeforeBoot && exitedAtMs > nowMs);
  const lastSign = isKnown ? exitedAtMs : (seen ?? Number.NEGATIVE_INFINITY);
  return {
    exitedAtMs: isKnown ? exitedAtMs : null,
    seenAtMs: seen,
    // Nothing can restart an engine while its host is down.
    dueAtMs: isBeforeBoot ? Math.max(lastSign, nowMs - uptimeMs) : lastSign,
  };
}

/** Null for a file that cannot be looked at: then it says nothing. */
function modifiedAtMs(file: string): number | null {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return null;
  }
}
