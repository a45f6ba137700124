import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ApiClient} from '../../client/api-client.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';

/**
 * Watches snapshots until `isDone` says so and gives that snapshot. `onSnapshot` sees each one. An error when the
 * supervisor goes away or the deadline passes.
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
  const state = last === null ? 'nothing was heard' : `the engine was ${last.engine.state}`;
  return err(
    signal.aborted
      ? {
          code: 'supervisor.timeout',
          message: `Not done within ${secondsText(options.timeoutMs ?? 0)}; ${state} at the end.`,
          remedy: 'It goes on in the background: see gantry status and gantry logs.',
        }
      : {
          code: 'supervisor.unavailable',
          message: `The supervisor went away; ${state} at the end.`,
          remedy: 'Run gantry status: it starts a new supervisor, which finds the engine again.',
        },
  );
}
