import {secondsText} from '../../shared/quantities/durations.ts';
import {awakeDeadline} from '../host/awake-time.ts';
import {fetchFault} from '../http/fetch-fault.ts';

/**
 * The result of an engine's health path as text: `200 OK`, `503 Service Unavailable`, `no answer within 5 s`. It is
 * unreliable (a hung engine may answer, a busy one may not), so it is shown but never used for decisions.
 */
export async function probeHealth(options: {
  readonly baseUrl: string;
  readonly path: string;
  readonly timeoutMs: number;
}): Promise<string> {
  const {signal, clear} = awakeDeadline(options.timeoutMs);
  try {
    const response = await fetch(`${options.baseUrl}${options.path}`, {redirect: 'manual', signal});
    await response.body?.cancel();
    return `${response.status} ${response.statusText}`.trim();
  } catch (error) {
    if (signal.aborted) return `no answer within ${secondsText(options.timeoutMs)}`;
    const {kind, detail} = fetchFault(error);
    return kind === 'not-http' ? 'not HTTP' : `no connection (${detail})`;
  } finally {
    clear();
  }
}
