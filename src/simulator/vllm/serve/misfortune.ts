import {BYTES_PER_GIB} from '../../../shared/units.ts';
import type {SimulatedNode} from '../../node/node-directory.ts';
import {gpuLostAtMs, LOST_GPU_INDEX, strikeDelayMs} from '../../node/scenarios.ts';
import {outOfMemoryText} from '../start/failure-texts.ts';

/** What befalls a serving engine. */
export type Misfortune =
  | {readonly type: 'hang'}
  | {readonly type: 'leak'; readonly bytes: number}
  /** A worker's exception, after which the engine is dead. */
  | {readonly type: 'crash'; readonly rank: number; readonly exception: string};

/** Times in epoch ms; `freeBytes` is what the cards have left. */
export type MisfortuneMoment = {
  readonly node: SimulatedNode;
  readonly readyAtMs: number;
  readonly nowMs: number;
  readonly sinceLastMs: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
};

/** A leak that kills within minutes on the demo; bytes a minute at the speed of the console's demo. */
const LEAK_BYTES_PER_MINUTE = BYTES_PER_GIB;
/** A card with less than this left cannot give a kernel its workspace. */
const EXHAUSTED_BELOW_BYTES = 0.25 * BYTES_PER_GIB;

/** What the scenario does to the engine now; null when nothing. Pure. */
export function misfortuneAt(moment: MisfortuneMoment): Misfortune | null {
  const {node, readyAtMs, nowMs} = moment;
  const hasStruck = nowMs >= readyAtMs + strikeDelayMs(node.speed);
  switch (node.scenario) {
    case 'hang':
      return hasStruck ? {type: 'hang'} : null;
    case 'crash-loop':
      return hasStruck
        ? {
            type: 'crash',
            rank: 2,
            exception: 'torch.AcceleratorError: CUDA error: an illegal memory access was encountered',
          }
        : null;
    case 'lost-gpu':
      // The kernels on a card that fell off the bus fail a moment later, and with them the whole engine.
      return nowMs >= gpuLostAtMs(node) + strikeDelayMs(node.speed) / 4
        ? {type: 'crash', rank: LOST_GPU_INDEX, exception: 'torch.AcceleratorError: CUDA error: unknown error'}
        : null;
    case 'leak':
      return leakAt(moment);
    default:
      return null;
  }
}

function leakAt({node, sinceLastMs, freeBytes, totalBytes}: MisfortuneMoment): Misfortune {
  if (freeBytes < EXHAUSTED_BELOW_BYTES) {
    const text = outOfMemoryText({index: 0, wantedBytes: 0.5 * BYTES_PER_GIB, totalBytes, freeBytes});
    return {type: 'crash', rank: 0, exception: `torch.OutOfMemoryError: ${text}`};
  }
  const speedUp = Math.max(1, node.speed / 20);
  return {type: 'leak', bytes: (LEAK_BYTES_PER_MINUTE * speedUp * sinceLastMs) / 60_000};
}
