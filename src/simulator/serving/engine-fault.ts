import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import {gpuLostAtMs, LOST_GPU_INDEX, strikeDelayMs} from '../node/scenarios.ts';

/** What ends an engine that serves; each engine has words of its own for it. */
export type CrashCause = 'illegal-access' | 'unknown-error' | 'out-of-memory';

/** What befalls a serving engine. */
export type Fault =
  | {readonly type: 'hang'}
  | {readonly type: 'leak'; readonly bytes: number}
  /** A worker fails, after which the engine is dead. */
  | {readonly type: 'crash'; readonly rank: number; readonly cause: CrashCause};

/** Times in epoch ms; `freeBytes` is what the cards have left. */
export type FaultMoment = {
  readonly node: SimulatedNode;
  /** Since a first client has had its answer, as one that asks whether the engine is ready; Infinity before. */
  readonly servingSinceMs: number;
  readonly nowMs: number;
  readonly sinceLastMs: number;
  readonly freeBytes: number;
};

/** A leak that kills within minutes on the demo; bytes a minute at the speed of the console's demo. */
const LEAK_BYTES_PER_MINUTE = BYTES_PER_GIB;
/** A card with less than this left cannot give a kernel its workspace. */
const EXHAUSTED_BELOW_BYTES = 0.25 * BYTES_PER_GIB;

/** What the scenario does to the engine now; null when nothing. Pure. */
export function faultAt(moment: FaultMoment): Fault | null {
  const {node, servingSinceMs, nowMs} = moment;
  const hasStruck = nowMs >= servingSinceMs + strikeDelayMs(node.speed);
  switch (node.scenario) {
    case 'hang':
      return hasStruck ? {type: 'hang'} : null;
    case 'crash-loop':
      return hasStruck ? {type: 'crash', rank: 2, cause: 'illegal-access'} : null;
    case 'lost-gpu':
      // The kernels on a card that fell off the bus fail a moment later, and with them the whole engine.
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
