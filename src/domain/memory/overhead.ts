import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../shared/units.ts';

/**
 * Activations, CUDA graphs, NCCL buffers and the like inside vLLM's memory fraction, per GPU, before this node has a
 * start of its own to learn from. Published starts of K2.5 and K2.6 on eight cards closed at 2.45 to 2.66 GiB, at 3.3 to
 * 3.8 GiB with the estimate for CUDA graphs on (vLLM 0.21 and later).
 */
export const DEFAULT_OVERHEAD_BYTES = 3 * BYTES_PER_GIB;

/** The evidence for the default, as the arithmetic shows it. */
export const DEFAULT_OVERHEAD_EVIDENCE =
  'first default: 2.5 to 3.8 GiB in published K2.5 and K2.6 starts, 8.1 GiB in one with 1,024 requests at once';

/** Most of the published starts with few requests at once. */
const CAUTIOUS_OVERHEAD_BYTES = Math.round(3.8 * BYTES_PER_GIB);
/** The one published start with vLLM's default of 1,024 requests: the warm-up of the sampler takes memory for each. */
const CAUTIOUS_OVERHEAD_MANY_REQUESTS_BYTES = Math.round(8.1 * BYTES_PER_GIB);
/** The published starts with a small overhead ran at most this many requests at once. */
const FEW_REQUESTS = 64;
/** vLLM's own safety buffer when it suggests a cache size (`gpu_worker.py`). */
const CALIBRATED_MARGIN_BYTES = 150 * BYTES_PER_MIB;

/** The overhead of a bad day: a plan that fits only below it is tight. */
export function cautiousOverheadBytes(input: {
  readonly overheadBytes: number;
  readonly isCalibrated: boolean;
  readonly maxRunningRequests: number | null;
}): number {
  if (input.isCalibrated) return input.overheadBytes + CALIBRATED_MARGIN_BYTES;
  const isFew = input.maxRunningRequests !== null && input.maxRunningRequests <= FEW_REQUESTS;
  return isFew ? CAUTIOUS_OVERHEAD_BYTES : CAUTIOUS_OVERHEAD_MANY_REQUESTS_BYTES;
}
