import {z} from 'zod';

/** Log lines on request: `GET /v1/log?tail=N`, or as SSE events from `GET /v1/log/stream?tail=N`. */
export const logLinesSchema = z.object({
  runId: z.string().nullable(),
  lines: z.array(
    z.object({
      number: z.number(),
      /** Its place in the whole log, as pages have it; an older supervisor does not say. */
      offsetBytes: z.number().optional(),
      text: z.string(),
    }),
  ),
  /** How many lines a slow client missed before these; a replacement line also says so. */
  droppedCount: z.number().optional(),
});
export type LogLines = z.infer<typeof logLinesSchema>;
