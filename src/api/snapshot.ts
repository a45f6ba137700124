import {z} from 'zod';
import {findingSchema} from '../domain/diagnosis/finding.ts';
import {engineStateSchema, startPhaseSchema} from '../domain/lifecycle/phases.ts';
import {memoryPlanSchema} from '../domain/memory/plan/memory-plan.ts';
import {launchSettingsSchema} from '../domain/settings/launch-settings.ts';
import {progressSchema} from '../domain/traffic/forward-progress.ts';
import {readingSchema} from './reading-schema.ts';

/** Version of the snapshot document; raised when a field changes its meaning or goes. */
export const SNAPSHOT_SCHEMA_VERSION = 2;

const numberReading = readingSchema(z.number());
const textReading = readingSchema(z.string());

/** Quantiles of one latency over the rate window, milliseconds. */
export const latencySchema = z.object({
  meanMs: numberReading,
  p50Ms: numberReading,
  p90Ms: numberReading,
  p99Ms: numberReading,
});

/** How fresh one source is. */
export const sourceStatusSchema = z.object({
  state: z.enum(['ok', 'waiting', 'stale', 'failed', 'off']),
  /** Age of the newest sample when the snapshot was taken. */
  ageMs: numberReading,
  /** One sentence when not ok; null otherwise. */
  detail: z.string().nullable(),
});

export const gpuProcessViewSchema = z.object({
  pid: z.number(),
  name: textReading,
  usedBytes: numberReading,
  /** True when the process belongs to the engine Gantry supervises. */
  isOwn: z.boolean(),
});

export const migInstanceViewSchema = z.object({
  gpuInstanceId: numberReading,
  computeInstanceId: numberReading,
  memoryTotalBytes: numberReading,
  memoryUsedBytes: numberReading,
  memoryFreeBytes: numberReading,
});

export const gpuViewSchema = z.object({
  index: z.number(),
  uuid: textReading,
  pciBusId: textReading,
  name: textReading,
  memoryTotalBytes: numberReading,
  memoryUsedBytes: numberReading,
  memoryFreeBytes: numberReading,
  memoryReservedBytes: numberReading,
  utilizationRatio: numberReading,
  memoryUtilizationRatio: numberReading,
  temperatureCelsius: numberReading,
  memoryTemperatureCelsius: numberReading,
  powerDrawWatts: numberReading,
  powerLimitWatts: numberReading,
  smClockMhz: numberReading,
  performanceState: textReading,
  persistenceMode: textReading,
  migMode: textReading,
  eccUncorrectedVolatileCount: numberReading,
  clockEventReasons: readingSchema(z.array(z.string())),
  fabricState: textReading,
  recoveryAction: textReading,
  remappedRowsPending: readingSchema(z.boolean()),
  remappedRowsFailure: readingSchema(z.boolean()),
  fault: z.string().nullable(),
  migInstances: z.array(migInstanceViewSchema),
  processes: readingSchema(z.array(gpuProcessViewSchema)),
  /** What the plan gives this card; absent while nothing is planned for it. */
  budget: readingSchema(
    z.object({
      weightsBytes: z.number(),
      kvCachePoolBytes: z.number(),
      overheadBytes: z.number(),
      totalBytes: z.number(),
      /** What the engine is expected to hold beside its budget. */
      outsideBytes: z.number(),
      /** used - total - outside, positive when the card holds more than planned. */
      unexplainedBytes: numberReading,
    }),
  ),
});

export const engineExitSchema = z.object({
  /** Exit status as a shell reports it (128 + signal); null when nobody could record it. */
  status: z.number().nullable(),
  atMs: z.number(),
  /** True when Gantry had asked for the stop. */
  wasRequested: z.boolean(),
});

export const engineViewSchema = z.object({
  /** Engine name (`vllm`), null while none is known. */
  name: z.string().nullable(),
  version: textReading,
  state: engineStateSchema,
  phase: startPhaseSchema.nullable(),
  /** Share of the whole start that is done, 0..1. */
  progressRatio: numberReading,
  /** Time until ready, from this node's own earlier starts or from the progress so far. */
  etaMs: numberReading,
  runId: z.string().nullable(),
  pid: z.number().nullable(),
  startedAtMs: z.number().nullable(),
  readyAtMs: z.number().nullable(),
  /** `http://host:port/v1`, null while none is known. */
  endpoint: z.string().nullable(),
  logPath: z.string().nullable(),
  settings: launchSettingsSchema.nullable(),
  exit: engineExitSchema.nullable(),
  /** The automatic restart that is being waited for; null when none is. */
  backOff: z.object({attempt: z.number(), maxAttempts: z.number(), untilMs: z.number()}).nullable(),
  /** The newest settings an engine became ready with here; null before the first. */
  lastGoodSettings: launchSettingsSchema.nullable(),
  /** What /health last said, in words. It never decides alone. */
  health: textReading,
  /** Whether its counters of work move. */
  progress: progressSchema,
  /** Name a person reads: `vLLM`; null while no engine is known. */
  displayName: z.string().nullable(),
  /** Numbers the engine's own log stated, by fact name; bytes, tokens or seconds per the name. */
  facts: z.record(z.string(), z.number()),
});

export const trafficSchema = z.object({
  /** Where the rates come from: the engine's counters, or lines of its log where those are not there. */
  source: z.enum(['metrics', 'log']),
  /** Length of the window the rates are over. */
  windowMs: z.number(),
  promptTokensPerSecond: numberReading,
  cachedPromptTokensPerSecond: numberReading,
  generationTokensPerSecond: numberReading,
  requestsPerSecond: numberReading,
  runningRequests: numberReading,
  waitingRequests: numberReading,
  preemptionsPerSecond: numberReading,
  iterationsPerSecond: numberReading,
  /** Of the drafted tokens the share that was kept, and tokens a step of speculative decoding yields. */
  draftAcceptanceRatio: numberReading,
  tokensPerDraftedStep: numberReading,
  promptTokensTotal: numberReading,
  cachedPromptTokensTotal: numberReading,
  generationTokensTotal: numberReading,
  finishedRequestsTotal: readingSchema(z.record(z.string(), z.number())),
});

const tokenQuantilesSchema = z.object({
  meanTokens: numberReading,
  p50Tokens: numberReading,
  p90Tokens: numberReading,
  p99Tokens: numberReading,
});

export const kvCacheViewSchema = z.object({
  usageRatio: numberReading,
  usedTokens: numberReading,
  capacityTokens: numberReading,
  prefixCacheHitRatio: numberReading,
  fullLengthSequences: numberReading,
});

export const costViewSchema = z.object({
  nodeUsdPerHour: numberReading,
  /** Whose metered price is compared with, and when it was read. */
  priceBook: z.object({
    name: z.string(),
    asOf: z.string(),
    inputUsdPerMillionTokens: z.number(),
    cachedInputUsdPerMillionTokens: z.number(),
    outputUsdPerMillionTokens: z.number(),
  }),
  /** What the API would charge for the traffic of the window, per hour. */
  apiUsdPerHour: numberReading,
  /** apiUsdPerHour - nodeUsdPerHour: positive while the node earns its keep. */
  savingsUsdPerHour: numberReading,
  /** Node cost per million tokens of the present traffic (prompt and generated together). */
  nodeUsdPerMillionTokens: numberReading,
  /** API price per million tokens at the present mix. */
  apiUsdPerMillionTokens: numberReading,
  /** Total tokens per second at which the node costs what the API would, at the present mix. */
  breakEvenTokensPerSecond: numberReading,
  /** Shares of the window's tokens: uncached prompt, cached prompt, generated; they sum to 1. */
  mix: readingSchema(z.object({inputRatio: z.number(), cachedInputRatio: z.number(), outputRatio: z.number()})),
  /** Since the engine became known to this ledger. */
  sinceStart: z.object({nodeUsd: numberReading, apiUsd: numberReading, sinceMs: z.number().nullable()}),
});

/** Everything a screen needs, in one document. */
export const snapshotSchema = z.object({
  schemaVersion: z.literal(SNAPSHOT_SCHEMA_VERSION),
  /** True when the node is simulated: shown on every screen. */
  simulated: z.boolean(),
  /** Rises by one with every snapshot of one supervisor. */
  sequence: z.number(),
  takenAtMs: z.number(),
  supervisor: z.object({
    pid: z.number(),
    version: z.string(),
    startedAtMs: z.number(),
    socketPath: z.string(),
    /** The nvidia-smi this supervisor reads. */
    nvidiaSmiPath: z.string(),
  }),
  node: z.object({
    hostname: z.string(),
    gpuName: textReading,
    gpuCount: numberReading,
    driverVersion: textReading,
    cudaVersion: textReading,
  }),
  engine: engineViewSchema,
  /** Engines that this supervisor can plan for, by the words settings know them by. */
  knownEngines: z.array(z.string()),
  plan: readingSchema(memoryPlanSchema),
  gpus: z.array(gpuViewSchema),
  traffic: trafficSchema,
  kvCache: kvCacheViewSchema,
  latency: z.object({
    /** Length of the window the quantiles are over. */
    windowMs: z.number(),
    timeToFirstToken: latencySchema,
    interToken: latencySchema,
    endToEnd: latencySchema,
    queue: latencySchema,
    prefill: latencySchema,
    decode: latencySchema,
  }),
  /** Sizes of the requests that ended in the window of the latencies, tokens. */
  requestSizes: z.object({
    prompt: tokenQuantilesSchema,
    generation: tokenQuantilesSchema,
    longestGeneration: tokenQuantilesSchema,
  }),
  cost: costViewSchema,
  sources: z.object({gpus: sourceStatusSchema, metrics: sourceStatusSchema, log: sourceStatusSchema}),
  findings: z.array(findingSchema),
});
export type Snapshot = z.infer<typeof snapshotSchema>;
export type GpuView = z.infer<typeof gpuViewSchema>;
export type LatencyView = z.infer<typeof latencySchema>;
export type SourceStatus = z.infer<typeof sourceStatusSchema>;
