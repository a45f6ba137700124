import {fetchFault} from '../http/fetch-fault.ts';

/**
 * What an engine's health path says, in words: `200 OK`, `503 Service Unavailable`, `no answer within 5 s`. It lies both
 * ways on a busy node (a hung engine answers, a busy one may not), so it is shown and never decides.
 */
export async function probeHealth(options: {
  readonly baseUrl: string;
  readonly path: string;
  readonly timeoutMs: number;
}): Promise<string> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await fetch(`${options.baseUrl}${options.path}`, {redirect: 'manual', signal: deadline});
    await response.body?.cancel();
    return `${response.status} ${response.statusText}`.trim();
  } catch (error) {
    if (deadline.aborted) return `no answer within ${options.timeoutMs / 1000} s`;
    const {kind, detail} = fetchFault(error);
    return kind === 'not-http' ? 'no HTTP' : `no connection (${detail})`;
  }
}
