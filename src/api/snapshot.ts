import {z} from 'zod';
import {findingSchema} from '../domain/diagnosis/finding.ts';
import {memoryPlanSchema} from '../domain/memory/plan/memory-plan.ts';
import {agentViewSchema} from './agent-view.ts';
import {configurationViewSchema} from './configuration-view.ts';
import {costViewSchema} from './cost/cost-view.ts';
import {engineViewSchema} from './engine-view.ts';
import {contextSharesSchema, latenciesSchema, requestSizesSchema} from './latency/latency-schemas.ts';
import {readingSchema} from './reading-schema.ts';

/** Version of the snapshot document; increased when a field changes its meaning or is removed. */
export const SNAPSHOT_SCHEMA_VERSION = 7;

const numberReading = readingSchema(z.number());
const textReading = readingSchema(z.string());

/** How fresh one source is. */
export const sourceStatusSchema = z.object({
  state: z.enum(['ok', 'waiting', 'stale', 'failed', 'off']),
  /** Age of the newest sample when the snapshot was taken. */
  ageMs: numberReading,
  /** One sentence when not ok; null otherwise. */
  detail: z.string().nullable(),
});

const processOwnerSchema = z.object({
  /** The effective user id. */
  uid: z.number(),
  /** Null where /etc/passwd has no name for it. */
  user: z.string().nullable(),
  /** The container that it runs in; null outside of containers. */
  container: z
    .object({
      runtime: z.enum(['docker', 'podman', 'containerd', 'cri-o', 'lxc']).nullable(),
      /** Null for a pod whose containers have no control group. */
      id: z.string().nullable(),
      podUid: z.string().nullable(),
    })
    .nullable(),
  /** The unit of systemd; null in a container, and where the control group names none. */
  unit: z.string().nullable(),
});

export const gpuProcessViewSchema = z.object({
  pid: z.number(),
  name: textReading,
  usedBytes: numberReading,
  /** True when the process belongs to the managed engine. */
  isOwn: z.boolean(),
  /** Who runs it, and where; not in snapshots of an older Gantry. */
  owner: readingSchema(processOwnerSchema).optional(),
});

export const migInstanceViewSchema = z.object({
  gpuInstanceId: numberReading,
  computeInstanceId: numberReading,
  memoryTotalBytes: numberReading,
  memoryUsedBytes: numberReading,
  memoryFreeBytes: numberReading,
});

const driverMessageSchema = z.object({
  atMs: z.number(),
  /** NVIDIA's number of the error and what it means; null for a message that is about no error. */
  xid: z.number().nullable(),
  meaning: z.string().nullable(),
  /** A fault of the GPU, of a program, of a link that it survives, or what follows from one. */
  kind: z.enum(['card', 'program', 'link', 'consequence']).nullable(),
  text: z.string(),
  /** Lines that say the same. */
  count: z.number(),
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
  /** None of what is optional is in snapshots of an older Gantry. */
  memoryClockMhz: numberReading.optional(),
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
  /** Read once a minute, as the two that follow: what the clocks are at most. */
  clockLimits: z.object({smMhz: numberReading, memoryMhz: numberReading}).optional(),
  /** The link to the host now, and at most. An idle GPU reduces its generation. */
  pcieLink: z
    .object({generation: numberReading, maxGeneration: numberReading, lanes: numberReading, maxLanes: numberReading})
    .optional(),
  /** `count` is 0 where the driver says only that all are inactive. */
  nvlinks: readingSchema(z.object({count: z.number(), activeCount: z.number()})).optional(),
  /** The last messages of the driver about it in the kernel's log, oldest first. */
  driverMessages: readingSchema(z.array(driverMessageSchema)).optional(),
  processes: readingSchema(z.array(gpuProcessViewSchema)),
  /** The plan for this GPU; absent while nothing is planned for it. */
  budget: readingSchema(
    z.object({
      weightsBytes: z.number(),
      kvCachePoolBytes: z.number(),
      overheadBytes: z.number(),
      /** weights + pool + overhead. */
      totalBytes: z.number(),
      /** What the engine may use, by its own rule; the mark on every bar. */
      budgetBytes: z.number(),
      /** Expected memory outside the engine's budget. */
      outsideBytes: z.number(),
      /** Left free for activations and CUDA graphs: the engine may use that much more, and is within the plan. */
      reserveBytes: z.number(),
      /** In use beyond that, and still normal: `findings.memoryBeyondPlanGib`; null if it is never reported. */
      toleratedBytes: z.number().nullable(),
      /** In use by processes that are not part of the engine. */
      othersBytes: z.number(),
      /** used - total - outside - others; more than reserve and tolerance is beyond the plan. */
      unexplainedBytes: numberReading,
    }),
  ),
});

export const trafficSchema = z.object({
  /** Source of the rates: the engine's counters, or its log if there are none. */
  source: z.enum(['metrics', 'log']),
  /** The time that the rates are over: about ten seconds, less after a start; 0 before the second sample. */
  windowMs: z.number(),
  promptTokensPerSecond: numberReading,
  cachedPromptTokensPerSecond: numberReading,
  generationTokensPerSecond: numberReading,
  requestsPerSecond: numberReading,
  runningRequests: numberReading,
  waitingRequests: numberReading,
  preemptionsPerSecond: numberReading,
  iterationsPerSecond: numberReading,
  /** Fraction of drafted tokens that was accepted, and tokens per step of speculative decoding. */
  draftAcceptanceRatio: numberReading,
  tokensPerDraftedStep: numberReading,
  promptTokensTotal: numberReading,
  cachedPromptTokensTotal: numberReading,
  generationTokensTotal: numberReading,
  finishedRequestsTotal: readingSchema(z.record(z.string(), z.number())),
});

export const kvCacheViewSchema = z.object({
  usageRatio: numberReading,
  usedTokens: numberReading,
  capacityTokens: numberReading,
  /** Cached prompt tokens per prompt token, over `prefixCacheWindowMs`. */
  prefixCacheHitRatio: numberReading,
  /** The time that the hit ratio is over; absent when it is the engine's own average from its log. */
  prefixCacheWindowMs: numberReading,
  fullLengthSequences: numberReading,
});

/** Everything a screen needs, in one document. */
export const snapshotSchema = z.object({
  schemaVersion: z.literal(SNAPSHOT_SCHEMA_VERSION),
  /** True when the node is simulated: shown on every screen. */
  simulated: z.boolean(),
  /** Increases by one with every snapshot of one supervisor. */
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
  /** Engines that this supervisor can plan for, by their names in settings. */
  knownEngines: z.array(z.string()),
  plan: readingSchema(memoryPlanSchema),
  gpus: z.array(gpuViewSchema),
  traffic: trafficSchema,
  kvCache: kvCacheViewSchema,
  latency: latenciesSchema,
  /** Of the requests that finished in the latency window. */
  requestSizes: requestSizesSchema.extend({
    /** Of all prompts since the start of the engine. Not in snapshots of an older Gantry. */
    sinceStart: readingSchema(contextSharesSchema).optional(),
  }),
  cost: costViewSchema,
  agents: z.array(agentViewSchema),
  configuration: configurationViewSchema,
  sources: z.object({gpus: sourceStatusSchema, metrics: sourceStatusSchema, log: sourceStatusSchema}),
  findings: z.array(findingSchema),
});
export type Snapshot = z.infer<typeof snapshotSchema>;
export type DriverMessageView = z.infer<typeof driverMessageSchema>;
export type GpuView = z.infer<typeof gpuViewSchema>;
export type SourceStatus = z.infer<typeof sourceStatusSchema>;
