import {z} from 'zod';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {UNREAD} from './unmeasured.ts';

/**
 * The counter that increases while the engine works: its best one, otherwise tokens counted during generation.
 * Counters that increase only when a request ends do not show progress of a long one.
 */
export function progressCounter({progressTotal, liveGenerationTokensTotal}: EngineMetricsSample): Reading<number> {
  return isPresent(progressTotal) ? progressTotal : liveGenerationTokensTotal;
}

/**
 * Of a longer gap between two samples only this much was watched: this process, or the whole host, did not run. Ten times
 * the awake time's step: a busy engine answers a scrape seconds late, and its counters prove the time between two
 * answers as well.
 */
const LONGEST_WATCHED_MS = 10_000;

/** A step takes less than this. */
export const STALL_MS = 50_000;
/**
 * Unless a new shape is compiled, which takes 30 to 70 s, or a prompt is computed in one step: field reports of restarts in
 * vain ended with two minutes.
 */
export const LONG_STALL_MS = 120_000;

/** How much of the time between two samples, oldest first, counts as watched. */
export function watchedMs(earlier: Stamp, later: Stamp): number {
  return Math.min(LONGEST_WATCHED_MS, Math.max(0, later.monotonicMs - earlier.monotonicMs));
}

/** Requests that an engine has to work on. It may also be stuck before it runs the first one. */
export type PendingRequests = {readonly runningRequests: number; readonly waitingRequests: number};

/**
 * How long there was no progress although requests are running, or waiting for nothing that Gantry knows. `isAtLeast`: it
 * may have begun before the engine was watched.
 */
export type Stall = PendingRequests & {readonly stalledMs: number; readonly isAtLeast?: true | undefined};

/**
 * Requests that run, and those that wait for a step of the engine: not those that it defers itself, such as for a
 * grammar. Unknown where the engine does not report the running ones.
 */
export function pendingRequests(sample: EngineMetricsSample): Reading<PendingRequests> {
  const {runningRequests, waitingRequests, deferredRequests} = sample;
  if (isAbsent(runningRequests)) return runningRequests;
  const waiting = isPresent(waitingRequests) ? waitingRequests : 0;
  const deferred = isPresent(deferredRequests) ? deferredRequests : 0;
  return {runningRequests, waitingRequests: Math.max(0, waiting - deferred)};
}

/** True if at least one is running or waiting. */
export function isPending(pending: Reading<PendingRequests>): pending is PendingRequests {
  return isPresent(pending) && pending.runningRequests + pending.waitingRequests > 0;
}

/** `3 requests running`, or where none is, `3 requests waiting`. */
export function pendingNote({runningRequests, waitingRequests}: PendingRequests): string {
  return runningRequests > 0
    ? `${countedText(runningRequests, 'request')} running`
    : `${countedText(waitingRequests, 'request')} waiting`;
}

/** The same in a sentence: `3 requests are running`. */
export function pendingText(pending: PendingRequests): string {
  const count = pending.runningRequests > 0 ? pending.runningRequests : pending.waitingRequests;
  return pendingNote(pending).replace(/ (?=\w+$)/, count === 1 ? ' is ' : ' are ');
}

/** The stall of a run so far, which samples of a minute alone do not show. */
export type StallTrack = {
  /** Of the newest sample that reports both requests and steps; `isFirst` if there was none before. */
  readonly newest: {readonly counter: number; readonly stamp: Stamp; readonly isFirst: boolean} | null;
  /** Since the last step; null while no request is running or waiting. */
  readonly stall: Stall | null;
  /** Until the first sample of an engine that served before: the stall that it had, if there was no step since `newest`. */
  readonly resumed?: {readonly stall: Stall | null};
};

/** No sample yet. */
export const unseenStall: StallTrack = {newest: null, stall: null};

/**
 * The stall after one more sample, as the engine reports it: with Gantry's own requests, whose end, or absence from numbers
 * that a hung engine no longer writes, ends no stall. It lasts while requests are running or waiting and the counter stands still. Counts
 * only time in which samples were taken; one that reports no requests or no steps changes nothing.
 */
export function stallAfter(track: StallTrack, sample: EngineMetricsSample): StallTrack {
  const {newest, resumed} = track;
  const {stamp} = sample;
  const counter = progressCounter(sample);
  const pending = pendingRequests(sample);
  if (isAbsent(counter) || isAbsent(pending)) return track;
  const next = {counter, stamp, isFirst: newest === null};
  if (!isPending(pending)) return {newest: next, stall: null};
  const before = track.stall ?? resumed?.stall ?? null;
  if (newest?.counter === counter && before !== null) {
    const stalledMs = before.stalledMs + watchedMs(newest.stamp, stamp);
    return {newest: next, stall: {...pending, stalledMs, ...atLeast(before.isAtLeast === true)}};
  }
  const wasStepSeen = newest !== null && newest.counter !== counter;
  return {newest: next, stall: {...pending, stalledMs: 0, ...atLeast(resumed !== undefined && !wasStepSeen)}};
}

function atLeast(isAtLeast: boolean): {readonly isAtLeast?: true} {
  return isAtLeast ? {isAtLeast} : {};
}

/** Whether a running engine makes progress: its step counters decide, never /health. */
export const progressSchema = z.discriminatedUnion('state', [
  z.object({state: z.literal('working')}),
  /** No request is running or waiting. */
  z.object({state: z.literal('idle')}),
  /** Requests are running or waiting without a step for this long. */
  z.object({
    state: z.literal('stalled'),
    stalledMs: z.number(),
    runningRequests: z.number(),
    waitingRequests: z.number(),
    /** It may have begun before the engine was watched. */
    isAtLeast: z.literal(true).optional(),
  }),
  z.object({state: z.literal('unknown'), reason: z.string()}),
]);
export type Progress = z.infer<typeof progressSchema>;

/** Whether the engine makes progress, from its newest sample, as it reports it, and its stall so far. */
export function progressOf(newest: EngineMetricsSample | null, {newest: judged, stall}: StallTrack): Progress {
  if (newest === null) return {state: 'unknown', reason: UNREAD};
  const counter = progressCounter(newest);
  if (isAbsent(counter)) return {state: 'unknown', reason: counter.absent};
  const pending = pendingRequests(newest);
  if (isAbsent(pending)) return {state: 'unknown', reason: pending.absent};
  if (!isPending(pending)) return {state: 'idle'};
  if (judged === null || judged.isFirst) return {state: 'unknown', reason: 'progress needs two samples'};
  return stall === null || stall.stalledMs < SHORT_PAUSE_MS ? {state: 'working'} : {state: 'stalled', ...stall};
}

/** Two scrapes with the same number are not yet a stall: a step of a long prefill takes seconds. */
const SHORT_PAUSE_MS = 5_000;

/**
 * What the engine did in a time: `generated` tokens, or `stepped` without any that were counted, or `loaded` if it made no
 * step and has requests, or nothing that is known of.
 */
export type EngineWork = 'generated' | 'stepped' | 'loaded' | 'none';

/**
 * What the samples of clients' traffic, oldest first, show of the engine's work since a monotonic time, at which a probe was
 * sent to it.
 */
export function workSince(samples: readonly EngineMetricsSample[], sentMonotonicMs: number): EngineWork {
  const recent = samples.filter(({stamp}) => stamp.monotonicMs >= sentMonotonicMs);
  const newest = recent.at(-1);
  if (isCounting(recent, (sample) => sample.generationTokensTotal)) return 'generated';
  if (isCounting(recent, (sample) => sample.liveGenerationTokensTotal)) return 'generated';
  if (isCounting(recent, progressCounter)) return 'stepped';
  if (newest === undefined || !recent.some((sample) => isPresent(progressCounter(sample)))) return 'none';
  return isPending(pendingRequests(newest)) ? 'loaded' : 'none';
}

function isCounting(
  samples: readonly EngineMetricsSample[],
  counter: (sample: EngineMetricsSample) => Reading<number>,
): boolean {
  const counts = samples.map(counter).filter(isPresent);
  return counts.some((count) => count !== counts[0]);
}
