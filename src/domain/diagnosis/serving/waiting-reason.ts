import {z} from 'zod';
import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {isAboveZero, isAbsent, isPresent, type Reading} from '../../../samples/reading.ts';
import {counterGrowth} from '../../traffic/counters.ts';
import {progressCounter} from '../../traffic/forward-progress.ts';
import {spanOf} from '../../traffic/traffic-window.ts';

/**
 * Why requests wait. `running-limit`: as many run as the settings allow, and the KV cache has room. `kv-cache-full`: it has
 * none. `preempting`: none either, so that running requests are interrupted and computed again. `deferred`: the engine
 * itself reports that they wait for something other than capacity. `computing-prompts`: the engine is busy with the
 * prompts before them. `blocked`: nothing of this, and the engine makes no step.
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
export type WaitingCause = {readonly reason: WaitingReason; readonly runningLimit: number | null};

/** The next prompt needs all its blocks immediately: a scheduler stops admitting requests before the last block is in use. */
const FULL_KV_RATIO = 0.9;
/** What is true of this fraction of the samples is the reason. */
const MOST = 0.6;

/**
 * Why requests wait, from the samples of the last minute, oldest first; null if none of them has waiting requests.
 * `statedLimit`: requests that may run at the same time, of all engine cores; null if unknown.
 */
export function waitingCauseOf(
  samples: readonly EngineMetricsSample[],
  statedLimit: number | null,
): WaitingCause | null {
  const queued = samples.filter(({waitingRequests}) => isAboveZero(waitingRequests));
  if (queued.length === 0) return null;
  const runningLimit = statedLimit ?? plateauOf(queued);
  return {reason: reasonOf(queued, runningLimit), runningLimit};
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
  const computesPrompts =
    grew(queued, (sample) => sample.livePromptTokensTotal) || grew(queued, (sample) => sample.promptTokensTotal);
  return computesPrompts ? 'computing-prompts' : 'unknown';
}

/** Fewer samples, or a shorter time, show no limit. */
const PLATEAU_SAMPLES = 10;
const PLATEAU_MS = 20_000;
const PLATEAU_SHARE = 0.9;

/** A number of running requests that nearly all samples have, and none exceeds, is a limit. */
function plateauOf(queued: readonly EngineMetricsSample[]): number | null {
  const running = queued.flatMap(({runningRequests}) => (isPresent(runningRequests) ? [runningRequests] : []));
  const most = Math.max(0, ...running);
  const atMost = running.filter((count) => count === most).length;
  const isLong = queued.length >= PLATEAU_SAMPLES && spanOf(queued) >= PLATEAU_MS;
  return isLong && most > 0 && atMost >= queued.length * PLATEAU_SHARE ? most : null;
}

function isMostlyDeferred({waitingRequests, deferredRequests}: EngineMetricsSample): boolean {
  return isPresent(deferredRequests) && isPresent(waitingRequests) && deferredRequests * 2 > waitingRequests;
}

function grew(
  samples: readonly EngineMetricsSample[],
  counter: (sample: EngineMetricsSample) => Reading<number>,
): boolean {
  return samples.slice(1).some((sample, index) => {
    const before = samples[index];
    return before !== undefined && isAboveZero(counterGrowth(counter(before), counter(sample)));
  });
}

/** Without a running request nothing takes a step; with some, the first one of a new shape may compile for a while. */
const BLOCKED_MS = 20_000;
const BLOCKED_WHILE_RUNNING_MS = 50_000;

/** No step although requests wait. False where the engine has no counter of its steps. */
function isBlocked(queued: readonly EngineMetricsSample[]): boolean {
  const newest = queued.at(-1);
  if (newest === undefined) return false;
  const counter = progressCounter(newest);
  if (isAbsent(counter)) return false;
  const lastStep = queued.findLastIndex((sample) => progressCounter(sample) !== counter);
  const still = queued.slice(lastStep + 1);
  const runs = still.some(({runningRequests}) => isAbsent(runningRequests) || runningRequests > 0);
  return spanOf(still) >= (runs ? BLOCKED_WHILE_RUNNING_MS : BLOCKED_MS);
}
