import {setFlagsFromString} from 'node:v8';

const COLLECT_OFTEN = '--optimize-for-size';

/**
 * Flags of Node for the supervisor: it has little data of its own, and no bursts. By itself V8 collects so rarely that three
 * quarters of its heap is garbage, and keeps the pages that it has emptied; with `--optimize-for-size` alone it marks the whole
 * heap every six seconds, and with a third more room four times less often. A heap this small is collected by one thread for
 * less than by several, and work that is done once per second never repays an optimizing compiler, whose own code takes memory.
 */
export const supervisorFlags: readonly string[] = [
  COLLECT_OFTEN,
  '--heap-growing-percent=30',
  '--single-threaded-gc',
  '--max-opt=1',
];

/**
 * For the allocator of glibc, mallopt(3): every read from a pipe or a socket takes a buffer of 64 KiB for a moment. In the
 * heap of the allocator, each leaves a hole behind that small blocks keep open, once per thread, and the process grows for
 * hours; mapped on their own, they are returned when they are freed.
 *
 * For libuv: each of its event loops would have an io_uring, with memory that is shared with the kernel and a kernel thread to
 * undo it, and every limit of work on outside data is a loop for a moment, several times per second.
 */
const startVariables: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '262144',
  UV_USE_IO_URING: '0',
};
/** Names the variables that Gantry has added: they are not the operator's, and not the engine's. */
const ADDED_VARIABLE = 'GANTRY_START_VARIABLES';

/** An environment in which a supervisor is started; what the operator has set for the allocator or libuv stays. */
export function withStartVariables<V extends string | undefined>(
  environment: Readonly<Record<string, V>>,
): Record<string, V | string> {
  const added = Object.entries(startVariables).filter(([name]) => environment[name] === undefined);
  return {
    ...environment,
    ...Object.fromEntries(added),
    [ADDED_VARIABLE]: added.map(([name]) => name).join(','),
  };
}

/** Removes what `withStartVariables` has added. Allocator and libuv have read it by then; an engine must not inherit it. */
export function dropStartVariables(environment: NodeJS.ProcessEnv): void {
  for (const name of environment[ADDED_VARIABLE]?.split(',') ?? []) {
    if (name in startVariables) delete environment[name];
  }
  delete environment[ADDED_VARIABLE];
}

/**
 * The same for a process that runs already, the console: by itself V8 lets the space for new objects alone grow to 128 MiB
 * within ten minutes. That limit can only be set when Node starts; growth by a factor of 1 can be set at any time. What is left
 * alive in so small a space is copied sooner by one thread than others are woken.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(COLLECT_OFTEN);
  setFlagsFromString('--no-parallel-scavenge');
}
