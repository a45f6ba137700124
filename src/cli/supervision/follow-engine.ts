import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ApiClient} from '../../client/api-client.ts';
import {stateNameOf} from '../../domain/lifecycle/phases.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';

/** A supervisor that ends again and again is not started again and again. */
const MOST_REVIVALS = 5;

type FollowOptions = {
  readonly timeoutMs?: number;
  readonly onSnapshot?: (snapshot: Snapshot) => void;
  /** Starts another supervisor that carries on where this one ended; without it, the end is an error. */
  readonly revive?: () => Promise<Result<Snapshot, ApiError>>;
};

/**
 * Watches snapshots until `isDone` and returns that snapshot. `onSnapshot` gets each one. An error when the supervisor
 * disappears and none takes over, or the deadline passes.
 */
export async function followEngine(
  client: ApiClient,
  isDone: (snapshot: Snapshot) => boolean,
  {timeoutMs, onSnapshot, revive}: FollowOptions = {},
): Promise<Result<Snapshot, ApiError>> {
  const signal = timeoutMs === undefined ? new AbortController().signal : AbortSignal.timeout(timeoutMs);
  let last: Snapshot | null = null;
  for (let revivals = 0; ; revivals += 1) {
    for await (const snapshot of client.snapshots(signal)) {
      last = snapshot;
      onSnapshot?.(snapshot);
      if (isDone(snapshot)) return ok(snapshot);
    }
    if (signal.aborted) return err(timedOut(timeoutMs ?? 0, last));
    if (revive === undefined || revivals === MOST_REVIVALS) return err(supervisorGone(last));
    const revived = await revive();
    if (!revived.ok) return revived;
  }
}

function timedOut(timeoutMs: number, last: Snapshot | null): ApiError {
  return {
    code: 'supervisor.timeout',
    message: `Not finished within ${secondsText(timeoutMs)}; ${lastState(last)}.`,
    remedy: 'It continues in the background: see gantry status and gantry logs.',
  };
}

function supervisorGone(last: Snapshot | null): ApiError {
  return {
    code: 'supervisor.unavailable',
    message: `The supervisor stopped; ${lastState(last)}.`,
    remedy: 'Run gantry status: it starts a new supervisor, which adopts the engine.',
  };
}

function lastState(last: Snapshot | null): string {
  return last === null
    ? 'no snapshot received'
    : `the last known state of the engine was "${stateNameOf(last.engine)}"`;
}
