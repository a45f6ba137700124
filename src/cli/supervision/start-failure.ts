import type {ChildProcess} from 'node:child_process';
import {setTimeout as delay} from 'node:timers/promises';
import {z} from 'zod';
import {type ApiError, apiErrorSchema} from '../../api/commands.ts';

/** What is still under way between two processes arrives within this. */
const ARRIVAL_MS = 1_000;

const startFailureSchema = z.object({startFailure: apiErrorSchema});

/** Tells the command that started this supervisor why it does not start; nothing where nobody listens. */
export async function reportStartFailure(error: ApiError): Promise<void> {
  if (process.send === undefined || !process.connected) return;
  const sent = Promise.withResolvers<void>();
  // A command that was interrupted meanwhile needs no answer: the reason is on stderr as well.
  process.send({startFailure: error}, undefined, undefined, () => sent.resolve());
  await sent.promise;
}

/** Listens to a supervisor that was started with a channel of Node's own (`stdio` with `ipc`). */
export function listenForStartFailure(child: ChildProcess): {
  /** What it said; waits for what is under way. Null where it said nothing. */
  readonly reason: () => Promise<ApiError | null>;
  readonly close: () => void;
} {
  let told: ApiError | null = null;
  const closed = Promise.withResolvers<void>();
  child.on('message', (message) => {
    const parsed = startFailureSchema.safeParse(message);
    if (parsed.success) told = parsed.data.startFailure;
  });
  child.on('disconnect', () => closed.resolve());
  return {
    async reason() {
      if (child.connected) await Promise.race([closed.promise, delay(ARRIVAL_MS, undefined, {ref: false})]);
      return told;
    },
    close() {
      if (child.connected) child.disconnect();
    },
  };
}
