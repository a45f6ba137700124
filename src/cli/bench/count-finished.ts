import type {ApiClient} from '../../client/api-client.ts';
import {isAbsent} from '../../samples/reading.ts';

const ASK_EVERY_MS = 1_000;

/**
 * Tells how many requests the engine has finished since now, by its own counter, until it is stopped: for a tool that says nothing of
 * its progress. Others' requests are among them.
 */
export function countFinished(
  client: Pick<ApiClient, 'getSnapshot'>,
  onFinished: (requests: number) => void,
): {readonly stop: () => void} {
  let first: number | null = null;
  let isAsking = false;
  let isStopped = false;
  const ask = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    const snapshot = await client.getSnapshot();
    isAsking = false;
    if (isStopped || !snapshot.ok) return;
    const {finishedRequestsTotal} = snapshot.value.traffic;
    if (isAbsent(finishedRequestsTotal)) return;
    const finished = Object.values(finishedRequestsTotal).reduce((sum, count) => sum + count, 0);
    // An engine that was restarted counts from zero.
    if (first === null || finished < first) first = finished;
    onFinished(finished - first);
  };
  const timer = setInterval(() => void ask(), ASK_EVERY_MS);
  void ask();
  return {
    stop() {
      isStopped = true;
      clearInterval(timer);
    },
  };
}
