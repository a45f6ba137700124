import type {ChildProcess} from 'node:child_process';
import {setTimeout as delay} from 'node:timers/promises';
import {z} from 'zod';
import {type ApiError, apiErrorSchema} from '../../../api/commands.ts';

/** Time for pending messages between two processes to arrive. */
const ARRIVAL_MS = 1_000;

const startFailureSchema = z.object({startFailure: apiErrorSchema});

/** Reports to the command that started this supervisor why it does not start, if that command listens. */
export async function reportStartFailure(error: ApiError): Promise<void> {
  if (process.send === undefined || !process.connected) return;
  const sent = Promise.withResolvers<void>();
  // A command that was interrupted needs no answer: the reason is also on stderr.
  process.send({startFailure: error}, undefined, undefined, () => sent.resolve());
  await sent.promise;
}

/** Listens to a supervisor started with a Node IPC channel (`stdio` with `ipc`). */
export function listenForStartFailure(child: ChildProcess): {
  /** The reported reason, after waiting for pending messages. Null if there is none. */
  readonly reason: () => Promise<ApiError | null>;
  readonly close: () => void;
} {
  let failure: ApiError | null = null;
  const closed = Promise.withResolvers<void>();
  child.on('message', (message) => {
    const parsed = startFailureSchema.safeParse(message);
    if (parsed.success) failure = parsed.data.startFailure;
  });
  child.on('disconnect', () => closed.resolve());
  return {
    async reason() {
      if (child.connected) await Promise.race([closed.promise, delay(ARRIVAL_MS, undefined, {ref: false})]);
      return failure;
    },
    close() {
      if (child.connected) child.disconnect();
    },
  };
}
