/** Runs a task now and then again an interval after it ended; never two at once. Returns the way to stop. */
export function every(intervalMs: number, task: () => Promise<void>): () => void {
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;
  const turn = (): void => {
    void task()
      .catch((error: unknown) => {
        // One look that failed (too many open files, say) must not end the looking.
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
