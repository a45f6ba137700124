import {setTimeout as delay} from 'node:timers/promises';
import type {ApiError} from '../../api/commands.ts';
import {SNAPSHOT_SCHEMA_VERSION, type Snapshot} from '../../api/snapshot.ts';
import {detailsOf} from '../../domain/diagnosis/details/details.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {readLivingHolder} from '../../supervisor/state-dir/supervisor-lock.ts';
import type {Wiring} from '../wiring.ts';

const LEAVE_DEADLINE_MS = 20_000;
const POLL_MS = 25;

/**
 * Whether the running supervisor should be replaced: it has an older version, or a snapshot that this program cannot
 * read. A newer one is never replaced: it may know more than this program.
 */
export function isOutdated(present: Result<Snapshot, ApiError>, ownVersion: string): boolean {
  if (present.ok) return isOlder(present.value.supervisor.version, ownVersion);
  const spoken = detailsOf(present.error, 'supervisor.incompatible');
  if (spoken === null) return false;
  return spoken.snapshotVersion === null || spoken.snapshotVersion < SNAPSHOT_SCHEMA_VERSION;
}

/** Compares release numbers; a pre-release counts as its release. */
function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => (text.split('-')[0] ?? '').split('.').map(Number));
  for (let index = 0; index < 3; index += 1) {
    const [left, right] = [a?.[index] ?? 0, b?.[index] ?? 0];
    if (left !== right) return left < right;
  }
  return false;
}

/**
 * Stops a supervisor of another version with SIGTERM, which all versions understand. The engine is not its child and
 * keeps serving; the next supervisor adopts it.
 */
export async function retireSupervisor(wiring: Wiring): Promise<Result<null, ApiError>> {
  const holder = await readLivingHolder(wiring.directories);
  if (holder !== null) process.kill(holder.pid, 'SIGTERM');
  return waitUntilGone(wiring);
}

/** Waits until no supervisor answers. */
export async function waitUntilGone(wiring: Wiring): Promise<Result<null, ApiError>> {
  const deadlineMs = performance.now() + LEAVE_DEADLINE_MS;
  while (performance.now() < deadlineMs) {
    const snapshot = await wiring.client.getSnapshot();
    if (!snapshot.ok && snapshot.error.code === 'supervisor.unavailable') {
      if ((await readLivingHolder(wiring.directories)) === null) return ok(null);
    }
    await delay(POLL_MS);
  }
  return err({
    code: 'supervisor.timeout',
    message: `The supervisor did not exit within ${secondsText(LEAVE_DEADLINE_MS)}.`,
    remedy: 'Try again. If it still runs, stop it with SIGTERM: engines are not its children and keep running.',
  });
}
