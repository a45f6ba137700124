import {z} from 'zod';
import type {AxisUnit} from '../shared/quantities/axis-units.ts';
import {MS_PER_DAY} from '../shared/units.ts';
import {windowRequestsSchema} from './latency/latency-schemas.ts';

/** Series of the node that the supervisor keeps, and what their values are. */
export const historySeriesUnits = {
  promptTokensPerSecond: 'tokensPerSecond',
  cachedPromptTokensPerSecond: 'tokensPerSecond',
  generationTokensPerSecond: 'tokensPerSecond',
  requestsPerSecond: 'perSecond',
  preemptionsPerSecond: 'perSecond',
  runningRequests: 'count',
  waitingRequests: 'count',
  kvUsageRatio: 'ratio',
  prefixCacheHitRatio: 'ratio',
  timeToFirstTokenP50Ms: 'milliseconds',
  timeToFirstTokenP95Ms: 'milliseconds',
  timeToFirstTokenP99Ms: 'milliseconds',
  interTokenP50Ms: 'milliseconds',
  interTokenP95Ms: 'milliseconds',
  interTokenP99Ms: 'milliseconds',
  endToEndP50Ms: 'milliseconds',
  endToEndP95Ms: 'milliseconds',
  endToEndP99Ms: 'milliseconds',
  queueP50Ms: 'milliseconds',
  queueP95Ms: 'milliseconds',
  queueP99Ms: 'milliseconds',
  firstTokenWithinRatio: 'ratio',
  interTokenWithinRatio: 'ratio',
  endToEndWithinRatio: 'ratio',
  queueWithinRatio: 'ratio',
  gpuMemoryUsedBytes: 'bytes',
  planDifferenceBytes: 'bytes',
  nodeUsdPerHour: 'usdPerHour',
  apiUsdPerHour: 'usdPerHour',
} as const satisfies Readonly<Record<string, AxisUnit>>;

/** Series of each GPU that the supervisor keeps, and what their values are. `throttledRatio` is a part of the time. */
export const gpuSeriesUnits = {
  memoryUsedBytes: 'bytes',
  utilizationRatio: 'ratio',
  powerDrawWatts: 'watts',
  temperatureCelsius: 'celsius',
  smClockMhz: 'megahertz',
  throttledRatio: 'ratio',
} as const satisfies Readonly<Record<string, AxisUnit>>;

export const historySeriesNameSchema = z.literal(namesOf(historySeriesUnits));
export type HistorySeriesName = z.infer<typeof historySeriesNameSchema>;
export const historySeriesNames: readonly HistorySeriesName[] = namesOf(historySeriesUnits);

export const gpuSeriesNameSchema = z.literal(namesOf(gpuSeriesUnits));
export type GpuSeriesName = z.infer<typeof gpuSeriesNameSchema>;
export const gpuSeriesNames: readonly GpuSeriesName[] = namesOf(gpuSeriesUnits);

const pointsSchema = z.array(z.object({atMs: z.number(), value: z.number().nullable()}));
/** Points of one series, oldest first; null where the value is unknown. */
export type HistoryPoints = z.infer<typeof pointsSchema>;

/** The longest time that is kept. */
export const MAX_HISTORY_MS = 30 * MS_PER_DAY;

/** Which series are read, of the node and of each GPU, and over which time. */
export type HistoryQuery = {
  readonly series: readonly HistorySeriesName[];
  readonly gpuSeries: readonly GpuSeriesName[];
  /** Index of the only GPU whose series are read; every GPU without. */
  readonly gpu?: number | undefined;
  readonly windowMs: number;
  /** End of the time, epoch ms; now without. */
  readonly untilMs?: number | undefined;
  /** Also what the requests of this time had: quantiles of all of them, shares within targets, sizes. */
  readonly requests?: boolean | undefined;
};

const gpuHistorySchema = z.object({index: z.number(), series: z.partialRecord(gpuSeriesNameSchema, pointsSchema)});
/** Points of the series of one GPU, by its index. */
export type GpuHistory = z.infer<typeof gpuHistorySchema>;

const keptGapSchema = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  /** How many were counted in that time; when in it is unknown. */
  requests: z.number(),
  /** True if `requests` of the answer has them: the window has all of that time. No point of a quantile has them. */
  isInWindow: z.boolean(),
});
/** A time in which the engine measured requests and no page of its metrics was read, epoch ms. */
export type KeptGap = z.infer<typeof keptGapSchema>;

/**
 * `GET /v1/history?series=a,b&gpuSeries=c&gpu=N&windowMs=N&untilMs=N&requests=true`: the points of each series, and of each GPU that has some, or
 * of one. An older supervisor keeps no series of GPUs, and no histograms.
 */
export const historySchema = z.object({
  series: z.partialRecord(historySeriesNameSchema, pointsSchema),
  gpus: z.array(gpuHistorySchema).optional(),
  /**
   * From then on, epoch ms, each point of a quantile is that of all requests in its part of the window; earlier ones, and all without
   * it, are means over time of quantiles of the minute before. Left out where no quantile was asked for.
   */
  quantilesSinceMs: z.number().optional(),
  /** Only where it was asked for, and something is kept. */
  requests: windowRequestsSchema.optional(),
  /**
   * Times without a supervisor, or without an answer of the engine, whose requests are not in the figures of this window or in no point
   * of its quantiles; left out where there is none.
   */
  gaps: z.array(keptGapSchema).optional(),
});
export type History = z.infer<typeof historySchema>;

function namesOf<Name extends string>(units: Readonly<Record<Name, AxisUnit>>): Name[] {
  const names: Name[] = [];
  for (const name in units) names.push(name);
  return names;
}
