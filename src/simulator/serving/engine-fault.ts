import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import {gpuLostAtMs, LOST_GPU_INDEX, strikeDelayMs} from '../node/scenarios.ts';

/** Causes of a crash while serving; each engine logs them differently. */
export type CrashCause = 'illegal-access' | 'unknown-error' | 'out-of-memory';

/** A fault of a serving engine. */
export type Fault =
  /** In the step of the requests that run; `isFromStart`: before the first one. */
  | {readonly type: 'hang'; readonly isFromStart?: true}
  | {readonly type: 'leak'; readonly bytes: number}
  /** A worker fails, and the engine with it. */
  | {readonly type: 'crash'; readonly rank: number; readonly cause: CrashCause};

/** Times in epoch ms; `freeBytes` is the free GPU memory. */
export type FaultMoment = {
  readonly node: SimulatedNode;
  /** Since the first client got its answer, such as a readiness probe; Infinity before. */
  readonly servingSinceMs: number;
  readonly nowMs: number;
  readonly sinceLastMs: number;
  readonly freeBytes: number;
};

/** A leak that crashes within minutes in the demo; bytes per minute at the demo's speed. */
const LEAK_BYTES_PER_MINUTE = BYTES_PER_GIB;
/** With less free memory, a kernel cannot allocate its workspace. */
const EXHAUSTED_BELOW_BYTES = 0.25 * BYTES_PER_GIB;

/** The scenario's current fault; null if none. Pure. */
export function faultAt(moment: FaultMoment): Fault | null {
  const {node, servingSinceMs, nowMs} = moment;
  const fromMs = Math.max(servingSinceMs, node.scenarioSinceMs ?? 0);
  const hasStruck = nowMs >= fromMs + strikeDelayMs(node.speed);
  switch (node.scenario) {
    case 'no-first-token':
      return {type: 'hang', isFromStart: true};
    case 'hang':
      return hasStruck ? {type: 'hang'} : null;
    case 'crash-loop':
      return hasStruck ? {type: 'crash', rank: 2, cause: 'illegal-access'} : null;
    case 'lost-gpu':
      // Kernels on a GPU that fell off the bus fail shortly after, and with them the whole engine.
      return nowMs >= gpuLostAtMs(node) + strikeDelayMs(node.speed) / 4
        ? {type: 'crash', rank: LOST_GPU_INDEX, cause: 'unknown-error'}
        : null;
    case 'leak':
      return leakAt(moment);
    default:
      return null;
  }
}

function leakAt({node, sinceLastMs, freeBytes}: FaultMoment): Fault {
  if (freeBytes < EXHAUSTED_BELOW_BYTES) return {type: 'crash', rank: 0, cause: 'out-of-memory'};
  const speedUp = Math.max(1, node.speed / 20);
  return {type: 'leak', bytes: (LEAK_BYTES_PER_MINUTE * speedUp * sinceLastMs) / 60_000};
}
