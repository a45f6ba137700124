import {z} from 'zod';
import {verdictSchema} from './memory-plan.ts';

/** Whether one format fits one node at one context. */
export const matrixCellSchema = z.strictObject({
  contextLengthTokens: z.number(),
  verdict: verdictSchema,
  fullLengthSequences: z.number(),
  /** The longest request that the node holds, tokens; 0 if nothing fits. */
  longestContextTokens: z.number(),
});

/** Formats x nodes x contexts. */
export const planMatrixSchema = z.strictObject({
  modelId: z.string(),
  contexts: z.array(z.number()),
  formats: z.array(
    z.strictObject({
      format: z.string(),
      checkpointBytes: z.number(),
      rows: z.array(
        z.strictObject({
          node: z.string(),
          weightsBytesPerGpu: z.number(),
          cells: z.array(matrixCellSchema),
        }),
      ),
    }),
  ),
});
export type PlanMatrix = z.infer<typeof planMatrixSchema>;
