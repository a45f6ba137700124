import {z} from 'zod';

/** Log lines on request: `GET /v1/log?tail=N`, or as SSE events from `GET /v1/log/stream?tail=N`. */
export const logLinesSchema = z.object({
  runId: z.string().nullable(),
  lines: z.array(z.object({number: z.number(), text: z.string()})),
});
export type LogLines = z.infer<typeof logLinesSchema>;
