import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ApiClient} from '../../client/api-client.ts';
import {stateNameOf} from '../../domain/lifecycle/phases.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';

/**
 * Watches snapshots until `isDone` and returns that snapshot. `onSnapshot` gets each one. An error when the supervisor
 * disappears or the deadline passes.
 */
export async function followEngine(
  client: ApiClient,
  isDone: (snapshot: Snapshot) => boolean,
  options: {readonly timeoutMs?: number; readonly onSnapshot?: (snapshot: Snapshot) => void} = {},
): Promise<Result<Snapshot, ApiError>> {
  const signal =
    options.timeoutMs === undefined ? new AbortController().signal : AbortSignal.timeout(options.timeoutMs);
  let last: Snapshot | null = null;
  for await (const snapshot of client.snapshots(signal)) {
    last = snapshot;
    options.onSnapshot?.(snapshot);
    if (isDone(snapshot)) return ok(snapshot);
  }
  const state =
    last === null ? 'no snapshot received' : `the last known state of the engine was "${stateNameOf(last.engine)}"`;
  return err(
    signal.aborted
      ? {
          code: 'supervisor.timeout',
          message: `Not finished within ${secondsText(options.timeoutMs ?? 0)}; ${state}.`,
          remedy: 'It continues in the background: see gantry status and gantry logs.',
        }
      : {
          code: 'supervisor.unavailable',
          message: `The supervisor stopped; ${state}.`,
          remedy: 'Run gantry status: it starts a new supervisor, which adopts the engine.',
        },
  );
}
