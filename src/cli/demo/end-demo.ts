import {rm} from 'node:fs/promises';
import type {ApiError} from '../../api/commands.ts';
import type {ApiClient} from '../../client/api-client.ts';
import {ok, type Result} from '../../shared/result.ts';
import {knowsEngine} from '../supervision/ensure-supervisor.ts';
import {followEngine} from '../supervision/follow-engine.ts';
import {readOwner} from './demo-owner.ts';
import {untilProcessesLeave} from './left-demos.ts';

const STOP_TIMEOUT_MS = 60_000;

/** How long a supervisor that is leaving gets, on a busy host too. */
export const LEAVE_MS = 15_000;

/**
 * The outcome of `use`, after which the simulated node of this directory is stopped and removed if this process owns it, also where
 * `use` failed: nobody else would.
 */
export async function usingNode<T>(
  client: ApiClient,
  directory: string,
  use: (isOwn: boolean) => Promise<Result<T, ApiError>>,
): Promise<Result<T, ApiError>> {
  const isOwn = readOwner(directory)?.pid === process.pid;
  const outcome = await use(isOwn);
  if (!isOwn) return outcome;
  const stopped = await stopEverything(client);
  if (!stopped.ok) return outcome.ok ? stopped : outcome;
  await untilProcessesLeave(directory, LEAVE_MS);
  await rm(directory, {recursive: true, force: true, maxRetries: 5, retryDelay: 100});
  return outcome;
}

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
