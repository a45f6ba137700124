import {realpath} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {readBootId} from './process-identity.ts';
import {readBirth} from './run-files.ts';

/** The shim writes within milliseconds of its launch, independent of its parent. */
const BIRTH_GRACE_MS = 1_000;
const BIRTH_POLL_MS = 20;

/**
 * The identity of a run whose launcher exited before recording it, from the shim's own record. Null when there was no
 * engine, or it was before this boot. Use `isSameProcess` to check whether the engine is still running.
 */
export async function recoverRun(launch: {
  readonly runId: string;
  readonly directory: string;
  readonly bootId: string;
  readonly atMs: number;
}): Promise<RunIdentity | null> {
  const {runId, directory, bootId, atMs} = launch;
  if (bootId !== readBootId()) return null;
  const deadlineMs = performance.now() + BIRTH_GRACE_MS;
  for (;;) {
    const birth = readBirth(directory);
    if (birth !== null) {
      const {pid, sessionId, startTimeTicks} = birth;
      return {runId, pid, sessionId, startTimeTicks, bootId, startedAtMs: atMs, directory: await realpath(directory)};
    }
    if (performance.now() >= deadlineMs) return null;
    await delay(BIRTH_POLL_MS);
  }
}
