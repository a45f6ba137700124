import {z} from 'zod';
import {findingSchema} from '../../diagnosis/finding.ts';
import {launchSettingsSchema} from '../../settings/launch-settings.ts';
import {checkpointSchema} from '../model/checkpoint.ts';

/** One line of the displayed arithmetic: label, expression, result in `unit`. */
export const arithmeticLineSchema = z.strictObject({
  label: z.string(),
  expression: z.string(),
  value: z.number(),
  unit: z.enum(['bytes', 'parameters', 'tokens', 'sequences', 'ratio', 'bytes/token']),
});

/**
 * Where the version of a plan is from: named by who asks, installed, in the log of the newest run, or of the newest start
 * that was measured; `assumed` is the newest release.
 */
const versionOriginSchema = z.enum(['named', 'installed', 'log', 'last-start', 'assumed']);
export type VersionOrigin = z.infer<typeof versionOriginSchema>;

export const verdictSchema = z.enum(['fits', 'tight', 'does-not-fit']);

/** Memory that a launch will use on every GPU, computed before anything starts. For the fullest GPU if they differ. */
export const memoryPlanSchema = z.strictObject({
  verdict: verdictSchema,
  /** One sentence. */
  reason: z.string(),
  /** `estimated` from Gantry's defaults, `calibrated` from this node's own earlier starts. */
  confidence: z.enum(['estimated', 'calibrated']),
  /** The basis of the confidence, as text. */
  basis: z.string(),
  model: z.strictObject({
    id: z.string(),
    name: z.string(),
    maxContextTokens: z.number(),
    parameters: z.strictObject({
      total: z.number(),
      /** Parameters used per token: speed, not size. */
      active: z.number(),
      routedExperts: z.number(),
      parts: z.array(z.strictObject({name: z.string(), parameters: z.number(), bytes: z.number()})),
    }),
  }),
  checkpoint: checkpointSchema,
  node: z.strictObject({
    gpuName: z.string(),
    gpuCount: z.number(),
    /** GPUs that this launch uses. */
    usedGpuCount: z.number(),
    perGpu: z.strictObject({
      nvmlBytes: z.number(),
      cudaVisibleBytes: z.number(),
      /** The vendor's size; null for a GPU that is not in the catalog. */
      nominalBytes: z.number().nullable(),
      source: z.string(),
    }),
  }),
  engine: z.strictObject({
    name: z.string(),
    displayName: z.string(),
    version: z.string().nullable(),
    /** Absent in documents of earlier releases. */
    versionOrigin: versionOriginSchema.optional(),
    /** False for an engine that takes what it needs and ignores the fraction. */
    hasMemoryFraction: z.boolean(),
    /** False for an engine that divides whole layers among `usedGpuCount` GPUs. */
    hasTensorParallelism: z.boolean(),
  }),
  settings: launchSettingsSchema,
  perGpu: z.strictObject({
    weightsBytes: z.number(),
    /** Negative when weights and overhead exceed the budget; then the engine cannot start. */
    kvCachePoolBytes: z.number(),
    /** What published starts allow for the pool; absent where this node has measured it, or the settings fix it. */
    kvCachePoolRange: z.strictObject({leastBytes: z.number(), mostBytes: z.number()}).optional(),
    overheadBytes: z.number(),
    /** What the engine may use: its memory fraction of the GPU, by its own rule. */
    budgetBytes: z.number(),
    /** weights + pool + overhead. */
    totalBytes: z.number(),
    /** What the memory fraction is a fraction of; null for an engine without one. */
    fractionBaseBytes: z.number().nullable(),
    /** What the engine uses outside its budget: CUDA context, communication buffers. */
    outsideBytes: z.number(),
    /** What it leaves free for activations and CUDA graphs, used as needed; 0 where these are within the budget. */
    reserveBytes: z.number(),
    nvmlBytes: z.number(),
    cudaVisibleBytes: z.number(),
  }),
  kvCache: z.strictObject({
    bytesPerToken: z.number(),
    capacityTokens: z.number(),
    /** Concurrent requests of full length. */
    fullLengthSequences: z.number(),
    bytesPerFullLengthSequence: z.number(),
    /** The longest single request that the pool holds; the model's own limit may be lower. */
    longestSequenceTokens: z.number(),
    blockTokens: z.number(),
    /** Pools of this size on the node, each for separate requests. */
    replicas: z.number(),
  }),
  arithmetic: z.array(arithmeticLineSchema),
  findings: z.array(findingSchema),
});
export type MemoryPlan = z.infer<typeof memoryPlanSchema>;

/** True if something else than memory forbids the settings: what would have room then says nothing about them. */
export function isForbidden({verdict, kvCache}: Pick<MemoryPlan, 'verdict' | 'kvCache'>): boolean {
  return verdict === 'does-not-fit' && kvCache.fullLengthSequences >= 1;
}

export type ArithmeticLine = z.infer<typeof arithmeticLineSchema>;
