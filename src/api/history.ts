import {z} from 'zod';

/** Series the supervisor keeps; the unit is in the name. */
export const historySeriesNames = [
  'promptTokensPerSecond',
  'generationTokensPerSecond',
  'runningRequests',
  'waitingRequests',
  'kvUsageRatio',
  'timeToFirstTokenP50Ms',
  'gpuMemoryUsedBytes',
  'apiUsdPerHour',
] as const;
export const historySeriesNameSchema = z.enum(historySeriesNames);
export type HistorySeriesName = z.infer<typeof historySeriesNameSchema>;

/** `GET /v1/history?series=a,b&windowMs=N`: points oldest first; null if unknown. */
export const historySchema = z.object({
  series: z.partialRecord(historySeriesNameSchema, z.array(z.object({atMs: z.number(), value: z.number().nullable()}))),
});
export type History = z.infer<typeof historySchema>;
