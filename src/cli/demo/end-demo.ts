import type {ApiError} from '../../api/commands.ts';
import type {ApiClient} from '../../client/api-client.ts';
import {ok, type Result} from '../../shared/result.ts';
import {knowsEngine} from '../supervision/ensure-supervisor.ts';
import {followEngine} from '../supervision/follow-engine.ts';

const STOP_TIMEOUT_MS = 60_000;

/** Stops the engine of a simulated node, and then its supervisor. */
export async function stopEverything(client: ApiClient): Promise<Result<null, ApiError>> {
  const snapshot = await client.getSnapshot();
  if (!snapshot.ok) return snapshot.error.code === 'supervisor.unavailable' ? ok(null) : snapshot;
  // A failed engine may still have processes to stop, and the supervisor does not exit before them.
  if (snapshot.value.engine.state !== 'stopped') {
    const reply = await client.sendCommand({type: 'stop'});
    if (!reply.ok) return reply;
    const stopped = await followEngine(client, (next) => !knowsEngine(next), {timeoutMs: STOP_TIMEOUT_MS});
    if (!stopped.ok) return stopped;
  }
  const reply = await client.sendCommand({type: 'shutdown'});
  if (!reply.ok) return reply;
  return reply.value.accepted ? ok(null) : {ok: false, error: reply.value.error};
}
