import {atBeat} from '../../sources/host/beat.ts';

/**
 * Runs a task now, and again about an interval after it finished, together with other regular work; never two in parallel.
 * Returns a stop function.
 */
export function every(intervalMs: number, task: () => Promise<void>): () => void {
  let isStopped = false;
  let cancel = (): void => undefined;
  const turn = (): void => {
    void task()
      .catch((error: unknown) => {
        // One failed run (for example too many open files) must not stop the loop.
        process.stderr.write(`gantry: a watch failed: ${error instanceof Error ? error.message : String(error)}\n`);
      })
      .finally(() => {
        if (!isStopped) cancel = atBeat(intervalMs, turn);
      });
  };
  turn();
  return () => {
    isStopped = true;
    cancel();
  };
}
