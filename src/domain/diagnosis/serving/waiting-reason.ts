import {z} from 'zod';
import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {isAboveZero, isAbsent, isPresent, type Reading} from '../../../samples/reading.ts';
import {counterGrowth} from '../../traffic/counters.ts';
import {progressCounter} from '../../traffic/forward-progress.ts';
import {finishedCount, spanOf} from '../../traffic/traffic-window.ts';

/**
 * Why requests wait. `running-limit`: as many run as may run at the same time, and the KV cache has room. `kv-cache-full`: it has
 * none. `preempting`: none either, so that running requests are interrupted and computed again. `deferred`: the engine
 * itself reports that they wait for something other than capacity. `computing-prompts`: the engine is busy with the
 * prompts before them. `blocked`: the engine makes no step, so that nothing else is known to hold them up.
 */
export const waitingReasonSchema = z.enum([
  'running-limit',
  'kv-cache-full',
  'preempting',
  'deferred',
  'computing-prompts',
  'blocked',
  'unknown',
]);
export type WaitingReason = z.infer<typeof waitingReasonSchema>;

/** Why requests wait, and how many may run at the same time, null if unknown. */
export type WaitingCause = {
  readonly reason: WaitingReason;
  readonly runningLimit: number | null;
  /** False for a limit that was only observed. */
  readonly isLimitStated: boolean;
};

/** What is known of how many requests may run at the same time, of all engine cores. */
export type KnownRunning = {
  /** By the settings or the engine's log; null if unknown. */
  readonly limit: number | null;
  /** Most that ran at the same time during this run: a limit is not below it. */
  readonly most: number;
};

/** The next prompt needs all its blocks immediately: a scheduler stops admitting requests before the last block is in use. */
const FULL_KV_RATIO = 0.9;
/** What is true of this fraction of the samples is the reason. */
const MOST = 0.6;

/** Why requests wait, from the samples of the last minute, oldest first; null if none of them has waiting requests. */
export function waitingCauseOf(samples: readonly EngineMetricsSample[], known: KnownRunning): WaitingCause | null {
  const queued = samples.filter(({waitingRequests}) => isAboveZero(waitingRequests));
  if (queued.length === 0) return null;
  const runningLimit = known.limit ?? plateauOf(queued, known.most);
  return {reason: reasonOf(queued, runningLimit), runningLimit, isLimitStated: known.limit !== null};
}

function reasonOf(queued: readonly EngineMetricsSample[], runningLimit: number | null): WaitingReason {
  const isUsual = (holds: (sample: EngineMetricsSample) => boolean): boolean =>
    queued.filter(holds).length >= queued.length * MOST;
  const limit = runningLimit ?? Number.POSITIVE_INFINITY;
  if (isUsual(isMostlyDeferred)) return 'deferred';
  if (isBlocked(queued)) return 'blocked';
  if (grew(queued, (sample) => sample.preemptionsTotal)) return 'preempting';
  if (isUsual(({kvUsageRatio}) => isPresent(kvUsageRatio) && kvUsageRatio >= FULL_KV_RATIO)) return 'kv-cache-full';
  if (isUsual(({runningRequests}) => isPresent(runningRequests) && runningRequests >= limit)) return 'running-limit';
  return computesPrompts(queued) ? 'computing-prompts' : 'unknown';
}

/** Without a step for this long, an engine is not seen to compute anything. */
const COMPUTING_WITHIN_MS = 5_000;

/** Prompt tokens were counted, and the engine makes steps: it may have hung since. */
function computesPrompts(queued: readonly EngineMetricsSample[]): boolean {
  const counters: readonly Counter[] = [(sample) => sample.livePromptTokensTotal, (sample) => sample.promptTokensTotal];
  const counting = counters.filter((counter) => grew(queued, counter));
  if (counting.length === 0) return false;
  const noStepMs = stillForMs(queued, progressCounter);
  if (noStepMs !== null) return noStepMs < COMPUTING_WITHIN_MS;
  return counting.some((counter) => (stillForMs(queued, counter) ?? Infinity) < BLOCKED_MS);
}

/** Fewer samples, or a shorter time, show no limit. */
const PLATEAU_SAMPLES = 10;
const PLATEAU_MS = 20_000;
const PLATEAU_SHARE = 0.9;
/** Fewer requests that ended, each with another in its place, show no limit. */
const PLATEAU_FINISHED = 2;

/**
 * A number of running requests that nearly all samples have is a limit if it stays the same while requests end, and if
 * no more ever ran. Without a request that ends it shows nothing: an engine that does nothing has it too.
 */
function plateauOf(queued: readonly EngineMetricsSample[], mostEver: number): number | null {
  const running = queued.flatMap(({runningRequests}) => (isPresent(runningRequests) ? [runningRequests] : []));
  const most = Math.max(0, ...running);
  const atMost = running.filter((count) => count === most).length;
  const isLong = queued.length >= PLATEAU_SAMPLES && spanOf(queued) >= PLATEAU_MS;
  const isLimit = most > 0 && most >= mostEver && atMost >= queued.length * PLATEAU_SHARE;
  return isLong && isLimit && growthOver(queued, finishedCount) >= PLATEAU_FINISHED ? most : null;
}

function isMostlyDeferred({waitingRequests, deferredRequests}: EngineMetricsSample): boolean {
  return isPresent(deferredRequests) && isPresent(waitingRequests) && deferredRequests * 2 > waitingRequests;
}

function grew(samples: readonly EngineMetricsSample[], counter: Counter): boolean {
  return growthOver(samples, counter) > 0;
}

type Counter = (sample: EngineMetricsSample) => Reading<number>;

/** Growth from one sample to the next, summed; unknown growth counts as none. */
function growthOver(samples: readonly EngineMetricsSample[], counter: Counter): number {
  return samples.slice(1).reduce((sum, sample, index) => {
    const before = samples[index];
    const growth = before === undefined ? 0 : counterGrowth(counter(before), counter(sample));
    return isPresent(growth) ? sum + growth : sum;
  }, 0);
}

/** Shorter pauses are normal for a long prompt. */
const BLOCKED_MS = 20_000;

/** No step although requests wait. False where the engine has no counter of its steps. */
function isBlocked(queued: readonly EngineMetricsSample[]): boolean {
  return (stillForMs(queued, progressCounter) ?? 0) >= BLOCKED_MS;
}

/** How long a counter has had its newest value, ms; null where the newest sample does not report it. */
function stillForMs(samples: readonly EngineMetricsSample[], counter: Counter): number | null {
  const newest = samples.at(-1);
  const value = newest === undefined ? null : counter(newest);
  if (value === null || isAbsent(value)) return null;
  const lastChange = samples.findLastIndex((sample) => counter(sample) !== value);
  return spanOf(samples.slice(lastChange + 1));
}
