import {isPresent} from '../../samples/reading.ts';
import type {Observer} from '../snapshot/observer.ts';
import {every} from './every.ts';

const POLL_MS = 500;

/**
 * Polls until no request is running or waiting, then calls `onDrained` once. A request that may be Gantry's own counts too:
 * it may be a client's, and ends by itself. Returns a stop function.
 */
export function waitForDrain(observer: Pick<Observer, 'get'>, onDrained: () => void): () => void {
  const stop = every(POLL_MS, async () => {
    // The first look begins before there is a stop function.
    await Promise.resolve();
    const {engineMetrics: metrics} = observer.get();
    if (metrics === null || !isPresent(metrics.runningRequests) || !isPresent(metrics.waitingRequests)) return;
    if (metrics.runningRequests + metrics.waitingRequests > 0) return;
    stop();
    onDrained();
  });
  return stop;
}
