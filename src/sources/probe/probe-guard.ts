import {awakeDeadline} from '../host/awake-time.ts';
import {askHttp} from '../http/ask-http.ts';

/**
 * Whether an engine needs a key for one of its paths, by a request without one: `key` if it is refused for that reason,
 * `open` if it is answered, `unknown` otherwise.
 */
export async function probeGuard(options: {
  readonly baseUrl: string;
  readonly path: string;
  readonly timeoutMs: number;
}): Promise<'key' | 'open' | 'unknown'> {
  const {signal, clear} = awakeDeadline(options.timeoutMs);
  try {
    const response = await askHttp(`${options.baseUrl}${options.path}`, {signal});
    response.discard();
    if (response.status === 401 || response.status === 403) return 'key';
    return response.ok ? 'open' : 'unknown';
  } catch {
    // No answer, or none of HTTP: other watches report that.
    return 'unknown';
  } finally {
    clear();
  }
}
