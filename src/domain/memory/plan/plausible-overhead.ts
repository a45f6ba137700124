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

type Learned = Pick<PlanOutcome, 'learnedOverheadBytes' | 'isLowerBound' | 'isOfFailedStart' | 'isOfFreeMemory'>;

/**
 * True for an outcome whose overhead may be planned with. `plan` is one of the same kind, made with the engine's default
 * overhead.
 */
export function isBelieved(
  learned: Learned,
  {perGpu}: {readonly perGpu: Pick<MemoryPlan['perGpu'], 'overheadBytes' | 'cudaVisibleBytes'>},
): boolean {
  return isExactFailure(learned) || isPlausible(learned, boundsOf(perGpu));
}

/**
 * A failed start that logged the room for its KV cache, or the free memory that it found: the same settings would fail
 * again. What was held when memory ran out may be anything: other weights than planned, another program, a request that no
 * plan knows.
 */
export function isExactFailure({isLowerBound, isOfFailedStart, isOfFreeMemory}: Learned): boolean {
  return isOfFailedStart && (!isLowerBound || isOfFreeMemory === true);
}

function isPlausible({learnedOverheadBytes}: Learned, bounds: OverheadBounds): boolean {
  return learnedOverheadBytes === null || isWithin(learnedOverheadBytes, bounds);
}

/** The same, for an outcome alone: without the size of its GPU. */
export function isBelievedAlone({planned, ...learned}: PlanOutcome): boolean {
  return isExactFailure(learned) || isPlausible(learned, boundsOf(planned));
}

/** A measured overhead that is not plausible; null for one that is, and for none. */
export function implausibleOverheadFinding(
  measured: MeasuredOverhead | null,
  {perGpu}: Pick<MemoryPlan, 'perGpu'>,
): Finding | null {
  const bounds = boundsOf(perGpu);
  if (measured === null || isWithin(measured.bytes, bounds)) return null;
  const {bytes, isLowerBound} = measured;
  return {
    ...withDetails('plan.overhead-implausible', {
      isLowerBound,
      measuredBytesPerGpu: bytes,
      usedBytesPerGpu: perGpu.overheadBytes,
      leastBytesPerGpu: bounds.leastBytes,
      mostBytesPerGpu: bounds.mostBytes,
    }),
    severity: 'warning',
    message: implausibleText(measured, perGpu, bounds),
    evidence: `measured overhead: ${gibText(bytes)} per GPU`,
    remedy: isLowerBound
      ? 'See gantry gpus for other processes, and check that engine.model and engine.format name the files that are loaded.'
      : 'Model, format or GPUs of that start differ from the plan: compare gantry plan --calibration. The next plausible start replaces it.',
    settingsChange: null,
  };
}

function implausibleText(
  {bytes, isLowerBound}: MeasuredOverhead,
  {weightsBytes, overheadBytes}: MemoryPlan['perGpu'],
  {mostBytes}: OverheadBounds,
): string {
  if (isLowerBound) {
    return `The engine needed more than ${gibText(bytes + weightsBytes)} per GPU when memory ran out, and the plan has ${gibText(weightsBytes)} of weights: something else is on the card, or this is not the checkpoint that was planned.`;
  }
  return bytes < 0
    ? `The KV cache of a start is ${gibText(-bytes)} per GPU larger than the plan has room for; the plan keeps its own overhead, ${gibText(overheadBytes)}.`
    : `A start used ${gibText(bytes)} per GPU in addition to the planned weights and its KV cache; up to ${gibText(mostBytes)} is plausible, and the plan keeps ${gibText(overheadBytes)}.`;
}
