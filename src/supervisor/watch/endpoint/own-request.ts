import type {RequestUsage} from '../../../domain/traffic/own-requests/request-claim.ts';
import type {Observe} from '../../snapshot/observation.ts';

/**
 * Sends a request of Gantry itself to an engine, and observes it until its end: what it used, `expected` at most, does
 * not count as traffic. `send` returns its answer, and its usage where the response has it.
 */
export async function asOwnRequest<T>(
  observe: Observe,
  expected: RequestUsage,
  send: (key: symbol) => Promise<{readonly answer: T; readonly usage: RequestUsage | null}>,
): Promise<T> {
  const key = Symbol('own request');
  observe({type: 'own-request-sent', key, expected});
  let usage: RequestUsage | null = null;
  try {
    const sent = await send(key);
    ({usage} = sent);
    return sent.answer;
  } finally {
    observe({type: 'own-request-ended', key, usage});
  }
}
