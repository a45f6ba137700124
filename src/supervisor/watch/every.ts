/** Runs a task now, and again an interval after it finished; never two in parallel. Returns a stop function. */
export function every(intervalMs: number, task: () => Promise<void>): () => void {
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;
  const turn = (): void => {
    void task()
      .catch((error: unknown) => {
        // One failed run (for example too many open files) must not stop the loop.
        process.stderr.write(`gantry: a watch failed: ${error instanceof Error ? error.message : String(error)}\n`);
      })
      .finally(() => {
        if (!isStopped) timer = setTimeout(turn, intervalMs);
      });
  };
  turn();
  return () => {
    isStopped = true;
    if (timer !== null) clearTimeout(timer);
  };
}
