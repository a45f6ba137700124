import {gibText} from '../../../shared/quantities/bytes.ts';
import {BYTES_PER_GIB} from '../../../shared/units.ts';
import {withDetails} from '../../diagnosis/details/details.ts';
import type {Finding} from '../../diagnosis/finding.ts';
import type {MeasuredOverhead} from './measured-overhead.ts';
import type {MemoryPlan} from './memory-plan.ts';
import type {PlanOutcome} from './plan-outcome.ts';

/**
 * The largest overhead that is believed, unless the engine's default is large itself: published starts have 2.5 to 8.1
 * GiB, the most with 1,024 concurrent requests (vLLM 0.11). vLLM's throughput mode doubles the requests, and with them the
 * sampler's buffers, which are most of it.
 */
const MOST_BYTES = 16 * BYTES_PER_GIB;
/** A measured overhead may be this many times the default. */
const MOST_DEFAULTS = 4;
/** On a small GPU, more than this part of it is weights of another model. */
const MOST_OF_GPU = 0.5;
/** The log has two digits; by the split of layers and by padding, a pool may be a little larger than planned. */
const LEAST_BYTES = -0.5 * BYTES_PER_GIB;

/** Outside of these bounds, the plan and the start are about different things. Bytes per GPU. */
type OverheadBounds = {readonly leastBytes: number; readonly mostBytes: number};

function boundsOf({
  overheadBytes,
  cudaVisibleBytes,
}: {
  overheadBytes: number;
  cudaVisibleBytes?: number;
}): OverheadBounds {
  const mostBytes = Math.max(MOST_BYTES, overheadBytes * MOST_DEFAULTS);
  return {
    leastBytes: LEAST_BYTES,
    mostBytes: cudaVisibleBytes === undefined ? mostBytes : Math.min(mostBytes, cudaVisibleBytes * MOST_OF_GPU),
  };
}

function isWithin(bytes: number, {leastBytes, mostBytes}: OverheadBounds): boolean {
  return bytes >= leastBytes && bytes <= mostBytes;
}

/**
 * True for an outcome whose overhead may be planned with. A lower bound always may: the memory did run out. `plan` is one of
 * the same kind, made with the engine's default overhead.
 */
export function isBelieved(
  {learnedOverheadBytes, isLowerBound}: Pick<PlanOutcome, 'learnedOverheadBytes' | 'isLowerBound'>,
  plan: Pick<MemoryPlan, 'perGpu'>,
): boolean {
  return learnedOverheadBytes === null || isLowerBound || isWithin(learnedOverheadBytes, boundsOf(plan.perGpu));
}

/** The same, for an outcome alone: without the size of its GPU. */
export function isBelievedAlone({learnedOverheadBytes, isLowerBound, planned}: PlanOutcome): boolean {
  return learnedOverheadBytes === null || isLowerBound || isWithin(learnedOverheadBytes, boundsOf(planned));
}

/** A measured overhead that is not planned with; null for one that is, and for none. */
export function implausibleOverheadFinding(
  measured: MeasuredOverhead | null,
  {perGpu}: Pick<MemoryPlan, 'perGpu'>,
): Finding | null {
  const bounds = boundsOf(perGpu);
  if (measured === null || measured.isLowerBound || isWithin(measured.bytes, bounds)) return null;
  const {bytes} = measured;
  return {
    ...withDetails('plan.overhead-implausible', {
      measuredBytesPerGpu: bytes,
      usedBytesPerGpu: perGpu.overheadBytes,
      leastBytesPerGpu: bounds.leastBytes,
      mostBytesPerGpu: bounds.mostBytes,
    }),
    severity: 'warning',
    message:
      bytes < 0
        ? `The KV cache of a start is ${gibText(-bytes)} per GPU larger than the plan has room for; the plan stays with its own overhead, ${gibText(perGpu.overheadBytes)}.`
        : `A start used ${gibText(bytes)} per GPU in addition to the planned weights and its KV cache; up to ${gibText(bounds.mostBytes)} is plausible, and the plan keeps ${gibText(perGpu.overheadBytes)}.`,
    evidence: `measured overhead: ${gibText(bytes)} per GPU`,
    remedy:
      'Model, format or GPUs of that start differ from the plan: compare gantry plan --calibration. The next plausible start replaces it.',
    settingsChange: null,
  };
}
