import {type GpuView, SNAPSHOT_SCHEMA_VERSION, type Snapshot, snapshotSchema} from '../../src/api/snapshot.ts';
import type {ConsoleData} from '../../src/client/console-data.ts';
import type {Finding} from '../../src/domain/diagnosis/finding.ts';
import {type LaunchSettings, plainParallelism} from '../../src/domain/settings/launch-settings.ts';
import type {Quantile} from '../../src/domain/traffic/quantile.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB, MS_PER_HOUR} from '../../src/shared/units.ts';
import {buildCost} from './build-cost.ts';
import {planOf} from './plan-of.ts';
import {startedEngine} from './started-engine.ts';

/** The time of all test data: 2026-11-23 12:00:00 UTC. */
export const TEST_NOW_MS = Date.UTC(2026, 10, 23, 12);

/** Any part of a value: objects may be partial, lists and plain values replace. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? {[K in keyof T]?: DeepPartial<T[K]>}
    : T;

/**
 * A complete snapshot of a loaded node (8x H200, vLLM, Kimi K2.7 Code in INT4 at 262,144 tokens of context, two hours
 * after it became ready), with `overrides` merged in. Objects merge, lists and `{absent}` replace, `{}` empties. Its
 * numbers agree with each other.
 */
export function buildSnapshot(overrides: DeepPartial<Snapshot> = {}): Snapshot {
  return snapshotSchema.parse(merge(loadedNode(), overrides));
}

/** One card of the loaded node, with `overrides` merged in. */
export function buildGpu(index: number, overrides: DeepPartial<GpuView> = {}): GpuView {
  return snapshotSchema.shape.gpus.element.parse(merge(card(index), overrides));
}

/** A finding as from a driver or a log. */
export function buildFinding(overrides: Partial<Finding> = {}): Finding {
  return {
    code: 'gpu.foreign-process',
    severity: 'warning',
    message: 'GPU 3 holds 4.0 GiB that belong to python3 (pid 9911), which Gantry did not start.',
    evidence: 'nvidia-smi: 9911, python3, 4096 MiB',
    remedy: 'End that process, or lower the memory fraction before the next start.',
    settingsChange: null,
    ...overrides,
  };
}

/** All of these, without a limit. */
function stateEventsOf(events: ConsoleData['events']): ConsoleData['stateEvents'] {
  return events === null ? null : {events, isCut: false};
}

/** A live console: the loaded node, fifteen minutes of each series, forty log lines. */
export function buildConsoleData(overrides: Partial<ConsoleData> = {}): ConsoleData {
  return {
    connection: {kind: 'live'},
    snapshot: buildSnapshot(),
    history: HISTORY,
    gpuRanges: GPU_RANGES,
    log: Array.from({length: 40}, (_, index) => ({
      number: 400 + index,
      text: `INFO 11-23 11:59:${String(index).padStart(2, '0')} [loggers.py:236] Engine 000: Running: 46 reqs, Waiting: 3 reqs, GPU KV cache usage: 62.0%`,
    })),
    events: null,
    stateEvents: stateEventsOf(overrides.events ?? null),
    ...overrides,
  };
}

const GPU_TOTAL_BYTES = 143_771 * BYTES_PER_MIB;
const RESERVED_BYTES = 606 * BYTES_PER_MIB;
const CONTEXT_TOKENS = 262_144;
const STARTED_AT_MS = TEST_NOW_MS - 2 * MS_PER_HOUR - 9 * 60_000;
const SETTINGS: LaunchSettings = {
  engine: 'vllm',
  model: 'moonshotai/Kimi-K2.7-Code',
  format: 'int4',
  servedModelName: 'kimi-k2.7-code',
  host: '127.0.0.1',
  port: 8000,
  tensorParallelSize: 8,
  ...plainParallelism,
  contextLengthTokens: CONTEXT_TOKENS,
  memoryFraction: 0.92,
  kvCacheDtype: 'auto',
  maxRunningRequests: 64,
  extraArguments: ['--mm-encoder-tp-mode', 'data'],
};
const ENGINE_VERSION = '0.21.0';
const PLAN = planOf(SETTINGS, '8xH200', ENGINE_VERSION);
const KV_CAPACITY_TOKENS = PLAN.kvCache.capacityTokens;
const PLANNED_BYTES = PLAN.perGpu.totalBytes + PLAN.perGpu.outsideBytes;
const USED_BYTES = PLANNED_BYTES + 512 * BYTES_PER_MIB;

const PROMPT_TOKENS_PER_SECOND = 14_000;
const CACHED_TOKENS_PER_SECOND = 10_500;
const GENERATION_TOKENS_PER_SECOND = 1_900;
export const NODE_USD_PER_HOUR = 20;
const UNCACHED_TOKENS_PER_SECOND = PROMPT_TOKENS_PER_SECOND - CACHED_TOKENS_PER_SECOND;
export const API_USD_PER_HOUR =
  ((UNCACHED_TOKENS_PER_SECOND * 0.95 + CACHED_TOKENS_PER_SECOND * 0.19 + GENERATION_TOKENS_PER_SECOND * 4) / 1e6) *
  3600;
const SECONDS_PER_MINUTE = 60;

function loadedNode(): Snapshot {
  return {
    schemaVersion: SNAPSHOT_SCHEMA_VERSION,
    simulated: false,
    sequence: 7200,
    takenAtMs: TEST_NOW_MS,
    supervisor: {
      pid: 4100,
      version: '0.1.0',
      startedAtMs: TEST_NOW_MS - 3 * MS_PER_HOUR,
      socketPath: '/run/user/1000/gantry/gantry.sock',
      nvidiaSmiPath: 'nvidia-smi',
    },
    node: {
      hostname: 'h200-node-1',
      gpuName: 'NVIDIA H200',
      gpuCount: 8,
      driverVersion: '570.86.15',
      cudaVersion: '12.8',
    },
    engine: engine(),
    knownEngines: ['vllm', 'sglang', 'llamacpp'],
    agents: [
      {
        name: 'Hermes Agent',
        file: '/home/op/.hermes/config.yaml',
        neededContextTokens: 64_000,
        isConnected: {absent: '/home/op/.hermes/config.yaml: no such file or directory'},
      },
    ],
    configuration: {file: '/home/op/.config/gantry/gantry.yaml', isInForce: true, values: []},
    plan: PLAN,
    gpus: Array.from({length: 8}, (_, index) => card(index)),
    traffic: {
      source: 'metrics',
      windowMs: 10_000,
      promptTokensPerSecond: PROMPT_TOKENS_PER_SECOND,
      cachedPromptTokensPerSecond: CACHED_TOKENS_PER_SECOND,
      generationTokensPerSecond: GENERATION_TOKENS_PER_SECOND,
      requestsPerSecond: 2.4,
      runningRequests: 46,
      waitingRequests: 3,
      preemptionsPerSecond: 0,
      iterationsPerSecond: 41,
      draftAcceptanceRatio: {absent: 'vLLM runs without speculative decoding'},
      tokensPerDraftedStep: {absent: 'vLLM runs without speculative decoding'},
      promptTokensTotal: 100_800_000,
      cachedPromptTokensTotal: 75_600_000,
      generationTokensTotal: 13_680_000,
      finishedRequestsTotal: {stop: 16_400, length: 610, abort: 22},
    },
    kvCache: {
      usageRatio: 0.62,
      usedTokens: Math.round(KV_CAPACITY_TOKENS * 0.62),
      capacityTokens: KV_CAPACITY_TOKENS,
      prefixCacheHitRatio: 0.75,
      prefixCacheWindowMs: 60_000,
      fullLengthSequences: KV_CAPACITY_TOKENS / CONTEXT_TOKENS,
    },
    latency: {
      windowMs: 60_000,
      timeToFirstToken: {
        count: 300,
        meanMs: 1010,
        p50Ms: about(820),
        p95Ms: about(2400),
        p99Ms: about(4200),
        target: {ms: 2000, withinRatio: about(0.91)},
      },
      interToken: {count: 230000, meanMs: 24, p50Ms: about(22), p95Ms: about(41), p99Ms: about(71), target: null},
      endToEnd: {
        count: 290,
        meanMs: 19_200,
        p50Ms: about(15_800),
        p95Ms: about(52_000),
        p99Ms: about(88_000),
        target: null,
      },
      queue: {count: 290, meanMs: 60, p50Ms: about(12), p95Ms: about(270), p99Ms: about(900), target: null},
      prefill: {count: 290, meanMs: 930, p50Ms: about(760), p95Ms: about(2100), p99Ms: about(3600), target: null},
      decode: {
        count: 290,
        meanMs: 18_100,
        p50Ms: about(14_900),
        p95Ms: about(49_500),
        p99Ms: about(84_000),
        target: null,
      },
    },
    requestSizes: {
      prompt: {meanTokens: 5800, p50Tokens: about(4100), p95Tokens: about(22_000), p99Tokens: about(61_000)},
      generation: {meanTokens: 790, p50Tokens: about(610), p95Tokens: about(2200), p99Tokens: about(3900)},
      longestGeneration: {meanTokens: 790, p50Tokens: about(610), p95Tokens: about(2200), p99Tokens: about(3900)},
      sinceStart: {
        prompts: 17_280,
        longest: {aboveTokens: 100_000, atMostTokens: 200_000},
        longerThan: [
          {contextTokens: 32_768, ratio: about(0.031)},
          {contextTokens: 65_536, ratio: about(0.009)},
          {contextTokens: 131_072, ratio: about(0.002)},
          {contextTokens: 262_144, ratio: {kind: 'exact', value: 0}},
        ],
      },
    },
    cost: COST,
    sources: {
      gpus: {state: 'ok', ageMs: 400, detail: null},
      metrics: {state: 'ok', ageMs: 700, detail: null},
      log: {state: 'ok', ageMs: 200, detail: null},
    },
    findings: [],
  };
}

/** A quantile as interpolated in a bucket around it. */
function about(value: number): Quantile {
  return {kind: 'interpolated', value, from: value * 0.8, to: value * 1.25};
}

function engine(): Snapshot['engine'] {
  return {
    name: 'vllm',
    displayName: 'vLLM',
    version: ENGINE_VERSION,
    state: 'ready',
    unansweredMs: null,
    phase: null,
    progressRatio: 1,
    etaMs: {absent: 'already serving'},
    phaseEta: {absent: 'already serving'},
    usualStart: {medianMs: 9 * 60_000, starts: 3},
    runId: 'run-20261123-094200',
    pid: 4242,
    startedAtMs: STARTED_AT_MS,
    readyAtMs: TEST_NOW_MS - 2 * MS_PER_HOUR,
    endpoint: 'http://127.0.0.1:8000/v1',
    logPath: '/home/op/.local/state/gantry/runs/run-20261123-094200/engine.log',
    settings: SETTINGS,
    ...startedEngine(STARTED_AT_MS, SETTINGS.model),
    exit: null,
    backOff: null,
    drainUntilMs: null,
    lastGoodSettings: null,
    health: 'answers',
    progress: {state: 'working'},
    facts: {
      weightsBytesPerGpu: PLAN.perGpu.weightsBytes,
      kvCachePoolBytesPerGpu: PLAN.perGpu.kvCachePoolBytes,
      kvCapacityTokens: KV_CAPACITY_TOKENS,
    },
  };
}

function card(index: number): GpuView {
  const usedBytes = USED_BYTES + index * 2 * BYTES_PER_MIB;
  return {
    index,
    uuid: `GPU-00000000-0000-0000-0000-00000000000${index}`,
    pciBusId: `00000000:${(0x1a + index * 0x10).toString(16).toUpperCase()}:00.0`,
    name: 'NVIDIA H200',
    memoryTotalBytes: GPU_TOTAL_BYTES,
    memoryUsedBytes: usedBytes,
    memoryFreeBytes: GPU_TOTAL_BYTES - usedBytes - RESERVED_BYTES,
    memoryReservedBytes: RESERVED_BYTES,
    utilizationRatio: 0.9 + index * 0.01,
    memoryUtilizationRatio: 0.48,
    temperatureCelsius: 61 + index,
    memoryTemperatureCelsius: 70 + index,
    powerDrawWatts: 520 + index * 4,
    powerLimitWatts: 700,
    smClockMhz: 1980,
    memoryClockMhz: 3201,
    performanceState: 'P0',
    persistenceMode: 'Enabled',
    migMode: 'Disabled',
    eccUncorrectedVolatileCount: 0,
    clockEventReasons: [],
    fabricState: 'Completed',
    recoveryAction: 'None',
    remappedRowsPending: false,
    remappedRowsFailure: false,
    fault: null,
    migInstances: [],
    clockLimits: {smMhz: 1980, memoryMhz: 3201},
    pcieLink: {generation: 5, maxGeneration: 5, lanes: 16, maxLanes: 16},
    nvlinks: {count: 18, activeCount: 18},
    driverMessages: [],
    processes: [
      {
        pid: 4300 + index,
        name: 'VLLM::Worker_TP',
        usedBytes,
        isOwn: true,
        owner: {uid: 990, user: 'vllm', container: null, unit: 'gantry.service'},
      },
    ],
    budget: {
      weightsBytes: PLAN.perGpu.weightsBytes,
      kvCachePoolBytes: PLAN.perGpu.kvCachePoolBytes,
      overheadBytes: PLAN.perGpu.overheadBytes,
      totalBytes: PLAN.perGpu.totalBytes,
      budgetBytes: PLAN.perGpu.budgetBytes,
      outsideBytes: PLAN.perGpu.outsideBytes,
      reserveBytes: PLAN.perGpu.reserveBytes,
      toleratedBytes: BYTES_PER_GIB,
      othersBytes: 0,
      unexplainedBytes: usedBytes - PLANNED_BYTES,
    },
  };
}

/** The money of the loaded node, or of one that serves nobody since some time. */
export function costOfNode(unused: Parameters<typeof buildCost>[3] = null): Snapshot['cost'] {
  const minute = {
    input: UNCACHED_TOKENS_PER_SECOND * SECONDS_PER_MINUTE,
    cached: CACHED_TOKENS_PER_SECOND * SECONDS_PER_MINUTE,
    output: GENERATION_TOKENS_PER_SECOND * SECONDS_PER_MINUTE,
  };
  return buildCost(TEST_NOW_MS, minute, NODE_USD_PER_HOUR, unused);
}

/** Made once: the sums of ten days. */
const COST = costOfNode();

const HISTORY_POINTS = 900;

/** Fifteen minutes that rise and fall, and end with `middle`: the value of the snapshot. */
function wave(middle: number, swing: number): {atMs: number; value: number | null}[] {
  return Array.from({length: HISTORY_POINTS}, (_, index) => {
    const agoSeconds = HISTORY_POINTS - 1 - index;
    const share = 0.8 * Math.sin(agoSeconds / 75) + 0.2 * Math.sin(agoSeconds / 7);
    return {atMs: TEST_NOW_MS - agoSeconds * 1000, value: middle + swing * share};
  });
}

/** Made once: series are not changed, and a plot of one version of them is drawn once. */
const HISTORY: ConsoleData['history'] = {
  promptTokensPerSecond: wave(PROMPT_TOKENS_PER_SECOND, 5000),
  generationTokensPerSecond: wave(GENERATION_TOKENS_PER_SECOND, 700),
  runningRequests: wave(46, 14),
  waitingRequests: wave(3, 3),
  kvUsageRatio: wave(0.62, 0.2),
  timeToFirstTokenP50Ms: wave(820, 400),
  timeToFirstTokenP95Ms: wave(2400, 600),
  timeToFirstTokenP99Ms: wave(4200, 900),
  interTokenP50Ms: wave(22, 4),
  interTokenP95Ms: wave(41, 9),
  interTokenP99Ms: wave(71, 20),
  endToEndP50Ms: wave(15_800, 4000),
  endToEndP95Ms: wave(52_000, 6000),
  endToEndP99Ms: wave(88_000, 9000),
  queueP50Ms: wave(12, 8),
  queueP95Ms: wave(270, 180),
  queueP99Ms: wave(900, 600),
  gpuMemoryUsedBytes: wave(8 * USED_BYTES, 0),
  nodeUsdPerHour: wave(NODE_USD_PER_HOUR, 0),
  apiUsdPerHour: wave(API_USD_PER_HOUR, 15),
};

/** The first and the last card of the loaded node. */
const GPU_RANGES: ConsoleData['gpuRanges'] = {
  memoryUsedBytes: {least: wave(USED_BYTES, 0), most: wave(USED_BYTES, 0)},
  utilizationRatio: {least: wave(0.9, 0.05), most: wave(0.97, 0.02)},
  powerDrawWatts: {least: wave(520, 60), most: wave(548, 60)},
  temperatureCelsius: {least: wave(61, 3), most: wave(68, 3)},
};

function merge(base: unknown, override: unknown): unknown {
  if (override === undefined) return base;
  if (!isMergeable(base) || !isMergeable(override)) return override;
  const merged: Record<string, unknown> = {...base};
  for (const [key, value] of Object.entries(override)) {
    merged[key] = isMergeable(value) && Object.keys(value).length === 0 ? value : merge(merged[key], value);
  }
  return merged;
}

function isMergeable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('absent' in value);
}
