import {z} from 'zod';
import {findingSchema} from '../diagnosis/finding.ts';

/** One line of shown arithmetic: what, how, result in `unit`. */
export const arithmeticLineSchema = z.strictObject({
  label: z.string(),
  expression: z.string(),
  value: z.number(),
  unit: z.enum(['bytes', 'tokens', 'sequences', 'ratio', 'bytes/token']),
});

/** What a launch will take of every card's memory, computed before anything starts. All cards alike. */
export const memoryPlanSchema = z.strictObject({
  verdict: z.enum(['fits', 'tight', 'does-not-fit']),
  /** One sentence. */
  reason: z.string(),
  /** `estimated` from first defaults, `calibrated` from this node's own earlier starts. */
  confidence: z.enum(['estimated', 'calibrated']),
  perGpu: z.strictObject({
    weightsBytes: z.number(),
    /** Negative when weights and overhead exceed the budget; then nothing starts. */
    kvCachePoolBytes: z.number(),
    overheadBytes: z.number(),
    /** What the engine may take: its memory fraction of what CUDA sees. */
    budgetBytes: z.number(),
    /** weights + pool + overhead. */
    totalBytes: z.number(),
    nvmlBytes: z.number(),
    cudaVisibleBytes: z.number(),
  }),
  kvCache: z.strictObject({
    bytesPerToken: z.number(),
    capacityTokens: z.number(),
    /** capacity / context length: how many requests of full length run at once. */
    fullLengthSequences: z.number(),
    bytesPerFullLengthSequence: z.number(),
  }),
  arithmetic: z.array(arithmeticLineSchema),
  findings: z.array(findingSchema),
});
export type MemoryPlan = z.infer<typeof memoryPlanSchema>;
export type ArithmeticLine = z.infer<typeof arithmeticLineSchema>;
