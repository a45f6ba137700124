import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../shared/units.ts';
import {outOfMemoryText} from '../../python/torch-text.ts';
import {workerCallFailure} from './failure-steps.ts';
import {roomOnCard, type StartContext, type StartStep} from './start-step.ts';

/** The profile run without enough memory after the weights; null if it fits. */
export function profileFailure(context: StartContext): readonly StartStep[] | null {
  const {layout, options} = context;
  const room = roomOnCard(context) - layout.weightsBytes;
  if (layout.activationBytes > room) {
    return workerCallFailure(318_000, 0, 'profile', [outOfMemory(context, 1.75 * BYTES_PER_GIB)]);
  }
  if (layout.peakActivationBytes <= room) return null;
  return workerCallFailure(318_500, 0, 'sampler', [
    outOfMemory(context, 0.63 * BYTES_PER_GIB),
    `RuntimeError: CUDA out of memory occurred when warming up sampler with ${options.maxNumSeqs} dummy requests. Please try lowering \`max_num_seqs\` or \`gpu_memory_utilization\` when initializing the engine.`,
  ]);
}

/** Graph capture without enough memory after the KV cache; null if it fits. */
export function captureFailure(context: StartContext, atMs: number): readonly StartStep[] | null {
  const {layout} = context;
  const cache = layout.blocks * layout.blockSize * layout.bytesPerToken;
  const room = roomOnCard(context) - layout.weightsBytes - layout.peakActivationBytes - cache;
  if (layout.graphActualBytes <= room) return null;
  return workerCallFailure(atMs, 0, 'capture', [outOfMemory(context, 896 * BYTES_PER_MIB)]);
}

function outOfMemory({layout, heldByOthersBytes}: StartContext, wantedBytes: number): string {
  const text = outOfMemoryText({
    index: 0,
    wantedBytes,
    totalBytes: layout.totalBytes,
    freeBytes: 0.31 * BYTES_PER_GIB,
    heldByOthersBytes: heldByOthersBytes[0] ?? 0,
  });
  return `torch.OutOfMemoryError: ${text}`;
}
