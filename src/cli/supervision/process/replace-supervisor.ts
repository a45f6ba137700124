import type {ApiError} from '../../../api/commands.ts';
import {SNAPSHOT_SCHEMA_VERSION, type Snapshot} from '../../../api/snapshot.ts';
import {detailsOf} from '../../../domain/diagnosis/details/details.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {findLivingSupervisor} from '../../../supervisor/state-dir/lock/living-supervisor.ts';
import type {Wiring} from '../../wiring.ts';
import {endSupervisor, within} from './end-supervisor.ts';

const LEAVE_DEADLINE_MS = 20_000;

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

/** Ends a supervisor of another version. The engine keeps serving; the next supervisor adopts it. */
export async function retireSupervisor(wiring: Wiring): Promise<Result<null, ApiError>> {
  const living = await findLivingSupervisor(wiring.directories);
  if (living !== null) {
    const ended = await endSupervisor(wiring, living);
    if (!ended.ok) return ended;
  }
  return waitUntilGone(wiring);
}

/** Waits until no supervisor answers. */
export async function waitUntilGone(wiring: Wiring): Promise<Result<null, ApiError>> {
  const isGone = async (): Promise<boolean> => {
    const snapshot = await wiring.client.getSnapshot();
    const isSilent = !snapshot.ok && snapshot.error.code === 'supervisor.unavailable';
    return isSilent && (await findLivingSupervisor(wiring.directories)) === null;
  };
  if (await within(LEAVE_DEADLINE_MS, isGone)) return ok(null);
  return err({
    code: 'supervisor.timeout',
    message: `The supervisor did not exit within ${secondsText(LEAVE_DEADLINE_MS)}.`,
    remedy: 'Run gantry supervisor restart: the engine keeps serving.',
  });
}
