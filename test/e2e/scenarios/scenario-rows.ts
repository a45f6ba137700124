import type {Snapshot} from '../../../src/api/snapshot.ts';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {ScenarioName} from '../../../src/simulator/node/scenarios.ts';

export type EngineName = 'vllm' | 'sglang' | 'llamacpp';

/** What an operator reads about a scenario first, and what ends it. */
export type ScenarioRow = {
  readonly scenario: ScenarioName;
  /** The code of the first cause. */
  readonly cause: (engine: EngineName) => string;
  /** What it says first may be another reason, until the right one is seen. */
  readonly isComplete?: (cause: Finding) => boolean;
  /** From the change of the scenario until the cause is the first finding, on a machine with nothing else to do. */
  readonly withinSeconds: number;
  /** The state of the engine when the screens are read. */
  readonly state: Snapshot['engine']['state'];
  /** What ends the finding: that its cause is gone, or a restart by the operator after that. */
  readonly endedBy: 'cause' | 'restart';
};

/**
 * Thresholds of seconds instead of minutes. One automatic restart, so that a crash loop comes to an end that can be
 * read.
 */
export const configuration = `
engine: {maxRunningRequests: 16}
restart: {firstDelaySeconds: 0.2, maxInARow: 1, stableMinutes: 0.15}
findings:
  memoryGrowthGibPerHour: 20
  memoryGrowthWindowMinutes: 0.3
  waitingSeconds: 2
  timeToFirstTokenSeconds: null
  idleMinutes: 0.1
  resolvedSeconds: 10
`;

/** A node goes through them in this order; it is created with the first one. */
const journey: readonly [ScenarioRow, ...ScenarioRow[]] = [
  {
    scenario: 'oom-at-start',
    // llama-server logs the size of the file first, and what it loads here is not what was planned.
    cause: (engine) => (engine === 'llamacpp' ? 'plan.checkpoint-differs' : 'plan.overhead-implausible'),
    withinSeconds: 20,
    state: 'failed',
    endedBy: 'restart',
  },
  {
    scenario: 'foreign-process',
    cause: () => 'gpu.foreign-process',
    withinSeconds: 15,
    state: 'ready',
    endedBy: 'cause',
  },
  {scenario: 'leak', cause: () => 'gpu.memory-growing', withinSeconds: 60, state: 'ready', endedBy: 'cause'},
  {
    scenario: 'burst',
    cause: () => 'engine.requests-waiting',
    isComplete: (cause) => detailsOf(cause, 'engine.requests-waiting')?.reason === 'running-limit',
    withinSeconds: 30,
    state: 'ready',
    endedBy: 'cause',
  },
  {scenario: 'idle', cause: () => 'engine.idle', withinSeconds: 60, state: 'ready', endedBy: 'cause'},
  {
    scenario: 'lost-gpu',
    cause: () => 'source.nvidia-smi.gpu-lost',
    withinSeconds: 30,
    state: 'failed',
    endedBy: 'restart',
  },
  {scenario: 'crash-loop', cause: () => 'lifecycle.crash-loop', withinSeconds: 40, state: 'failed', endedBy: 'restart'},
];

/** Only a stall of 50 s is a hang, which another node waits for meanwhile. */
const hang: ScenarioRow = {
  scenario: 'hang',
  cause: () => 'lifecycle.not-generating',
  withinSeconds: 120,
  state: 'degraded',
  endedBy: 'restart',
};

/** Nothing is known before the first request has run into its time limit of 30 s. */
const noFirstToken: ScenarioRow = {
  scenario: 'no-first-token',
  cause: () => 'lifecycle.first-token-awaited',
  withinSeconds: 60,
  state: 'starting',
  endedBy: 'cause',
};

/** Scenarios by node; the nodes run at the same time. */
export const journeys: readonly (readonly [ScenarioRow, ...ScenarioRow[]])[] = [journey, [hang], [noFirstToken]];
