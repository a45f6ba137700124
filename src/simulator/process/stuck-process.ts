import {readProcessState} from '../node/process-start.ts';

/** The signal with which a simulated process spins for ever, like one that waits in a collective of GPUs. */
export const SPIN_SIGNAL = 'SIGUSR2';

/** A shell that waits for the end of its input, and spins on SPIN_SIGNAL: the arguments of `/bin/sh`. */
export function waitingShell(title: string): readonly string[] {
  return ['-c', 'trap "while :; do :; done" USR2; read -r line', title];
}

/** Has this process spin for ever on SPIN_SIGNAL. */
export function spinOnSignal(): void {
  process.on(SPIN_SIGNAL, () => {
    for (;;);
  });
}

/**
 * A watch of processes that an engine needs for every step and that rest between its orders. Each call returns true if one
 * of them is stopped by a signal, or has been running at two calls in a row.
 */
export function createStuckWatch(pids: readonly number[]): () => boolean {
  let running: ReadonlySet<number> = new Set();
  return () => {
    const states = pids.map((pid) => ({pid, state: readProcessState(pid)}));
    const before = running;
    running = new Set(states.filter(({state}) => state === 'R').map(({pid}) => pid));
    return states.some(({pid, state}) => state === 'T' || state === 't' || (running.has(pid) && before.has(pid)));
  };
}
