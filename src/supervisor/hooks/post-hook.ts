import {secondsText} from '../../shared/quantities/durations.ts';
import {awakeDeadline} from '../../sources/host/awake-time.ts';
import type {HookOutcome} from './hook.ts';

/** Sends a JSON text to a URL; the response body is not read. The result is null, or why it failed. */
export async function postHook(
  url: string,
  body: string,
  options: {readonly timeoutMs: number; readonly version: string; readonly signal: AbortSignal},
): Promise<HookOutcome> {
  const {timeoutMs, version, signal} = options;
  const {signal: limit, clear} = awakeDeadline(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {'content-type': 'application/json', 'user-agent': `gantry/${version}`},
      body,
      // A redirect target must not get the event.
      redirect: 'manual',
      signal: AbortSignal.any([limit, signal]),
    });
    await response.body?.cancel();
    return response.ok ? null : `it answered with status ${response.status}`;
  } catch (error) {
    if (limit.aborted) return `no answer after ${secondsText(timeoutMs)}`;
    if (signal.aborted) return 'the supervisor exited';
    return reasonOf(error);
  } finally {
    clear();
  }
}

/** `fetch failed` has no information; its cause does. */
function reasonOf(error: unknown): string {
  const {cause} = error instanceof Error ? error : {cause: null};
  if (cause instanceof Error) return 'code' in cause ? `${String(cause.code)}` : cause.message;
  return error instanceof Error ? error.message : String(error);
}
