import {z} from 'zod';

const bytes = z.number().nonnegative();
const bytesPerGpu = z.strictObject({plannedBytesPerGpu: z.number(), measuredBytesPerGpu: bytes});

/** Facts of findings about a plan that measurements contradict. */
export const planDetailSchemas = {
  'plan.checkpoint-differs': z.strictObject({plannedBytes: bytes, measuredBytes: bytes}),
  'plan.gpu-memory-differs': z.strictObject({
    gpuIndex: z.int().nonnegative(),
    plannedBytes: bytes,
    measuredBytes: bytes,
  }),
  'plan.gpu-memory-in-use': z.strictObject({
    usedBytesPerGpu: bytes,
    freeBytesPerGpu: bytes,
    totalBytesPerGpu: bytes,
  }),
  /** The most that the engine holds on one of these GPUs. */
  'plan.gpus-unused': bytesPerGpu.extend({gpuIndexes: z.array(z.int().nonnegative())}),
  'plan.kv-pool-differs': bytesPerGpu,
  'plan.kv-pool-reduced': bytesPerGpu,
  'plan.kv-tokens-differ': z.strictObject({plannedTokens: z.number(), measuredTokens: bytes}),
  /** Bounds between which a measured overhead is believed; a measurement may be negative. */
  'plan.overhead-implausible': z.strictObject({
    /** Of a start that ran out of memory: what its processes held and requested. Otherwise, what its KV cache left. */
    isLowerBound: z.boolean(),
    measuredBytesPerGpu: z.number(),
    usedBytesPerGpu: bytes,
    leastBytesPerGpu: z.number(),
    mostBytesPerGpu: bytes,
  }),
  'plan.weights-differ': bytesPerGpu,
} as const;
