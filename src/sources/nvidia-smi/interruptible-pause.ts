import {setTimeout as delay} from 'node:timers/promises';

/** Waits until the time has passed, the signal is aborted, or `until` resolves. */
export async function interruptiblePause(ms: number, stopping: AbortSignal, until?: Promise<void>): Promise<void> {
  if (stopping.aborted || ms <= 0) return;
  const waiting = new AbortController();
  const timer = delay(ms, undefined, {signal: AbortSignal.any([stopping, waiting.signal])}).catch(() => undefined);
  await Promise.race(until === undefined ? [timer] : [timer, until]);
  waiting.abort();
  await timer;
}
