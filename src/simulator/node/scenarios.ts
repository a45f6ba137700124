/** Scenarios of the simulated node. */
export const scenarioNames = [
  'steady',
  'burst',
  'idle',
  'oom-at-start',
  'oom-at-profile',
  'oom-at-sampler',
  'oom-at-capture',
  'kv-too-small',
  'no-kv-memory',
  'shared-memory-full',
  'port-taken',
  'no-first-token',
  'crash-loop',
  'hang',
  'leak',
  'lost-gpu',
  'foreign-process',
  'slow-gpu',
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** A complete start at speed 1: weights from a parallel file system, compilation, graph capture. */
export const NOMINAL_START_MS = 360_000;

/** The GPU that falls off the bus in `lost-gpu`. */
export const LOST_GPU_INDEX = 3;

/** The GPU that is slowed down by heat in `slow-gpu`, and has half of its PCI Express lanes. */
export const SLOW_GPU_INDEX = 6;

/** The GPU on which another program uses memory in `foreign-process`, and that program. */
export const foreignProcess = {
  gpuIndex: 5,
  pid: 3_141_592,
  name: '/opt/conda/envs/eval/bin/python',
  usedMib: 6_228,
  /** A user of a directory service, which /etc/passwd does not have. */
  uid: 20_431,
  cgroup: '0::/user.slice/user-20431.slice/session-12.scope',
} as const;

/**
 * How long after the first answer to a client the fault of a scenario occurs: 20 s in the demo, immediately in fast
 * tests. Milliseconds.
 */
export function strikeDelayMs(speed: number): number {
  return 400_000 / Math.max(20, speed);
}

type ScenarioClock = {
  readonly startedAtMs: number;
  readonly speed: number;
  readonly scenarioSinceMs?: number | undefined;
};

/**
 * When the GPU of `lost-gpu` is lost: shortly after a start at the node's creation would be ready, or after a running
 * node changed to this scenario. Epoch ms.
 */
export function gpuLostAtMs({startedAtMs, speed, scenarioSinceMs}: ScenarioClock): number {
  return (scenarioSinceMs ?? startedAtMs + NOMINAL_START_MS / speed) + strikeDelayMs(speed);
}
