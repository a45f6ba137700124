import {secondsText} from '../../shared/quantities/durations.ts';
import {awakeDeadline} from '../host/awake-time.ts';
import {askHttp} from '../http/ask-http.ts';
import {httpFault} from '../http/http-fault.ts';

/** What an engine's health path returned. */
export type HealthAnswer = {
  /** `200 OK`, `503 Service Unavailable`, `no answer within 5 s`. */
  readonly text: string;
  /** A response of HTTP, whatever its status: the server works. */
  readonly isResponse: boolean;
};

/**
 * Asks an engine's health path. Its status is unreliable (a hung engine may report 200), so it is shown but never used
 * for decisions; only that it responds at all is evidence.
 */
export async function probeHealth(options: {
  readonly baseUrl: string;
  readonly path: string;
  readonly timeoutMs: number;
}): Promise<HealthAnswer> {
  const {signal, clear} = awakeDeadline(options.timeoutMs);
  try {
    const response = await askHttp(`${options.baseUrl}${options.path}`, {signal});
    response.discard();
    return {text: `${response.status} ${response.statusText}`.trim(), isResponse: true};
  } catch (error) {
    return {text: failureText(error, signal.aborted, options.timeoutMs), isResponse: false};
  } finally {
    clear();
  }
}

function failureText(error: unknown, isLate: boolean, timeoutMs: number): string {
  if (isLate) return `no answer within ${secondsText(timeoutMs)}`;
  const {kind, detail} = httpFault(error);
  return kind === 'not-http' ? 'not HTTP' : `no connection (${detail})`;
}
