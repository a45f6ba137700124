import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {absent, isAbsent, isPresent, valueOrNull} from '../../../samples/reading.ts';
import {UNREAD} from '../../traffic/unmeasured.ts';
import {type Condition, type Signal, signalOf, unseenCondition, withSignal} from '../conditions/condition.ts';
import type {FindingThresholds} from '../conditions/finding-thresholds.ts';
import {type FirstTokens, firstTokensOf} from './first-tokens.ts';
import {activitySince, countersOfUse, idlenessOf, type UseCounters} from './idleness.ts';
import {type GrowingGpu, memoryGrowthOf} from './memory-growth.ts';
import {type MemoryReading, type MemoryTrack, pointIntervalMs, withReadings} from './memory-track.ts';
import {type MemoryBaselines, withBaselines} from './run-growth.ts';
import {type WaitingCause, waitingCauseOf} from './waiting-reason.ts';

/** What the conditions of a serving engine remember. `counted`, `growing` and `cause` are the newest that were read. */
export type ServingConditions = {
  readonly memory: {
    readonly condition: Condition;
    readonly track: MemoryTrack;
    readonly baselines: MemoryBaselines;
    /** The newest judgement; repeated until the next point. */
    readonly signal: Signal;
    readonly judgedAtMs: number | null;
    readonly growing: readonly GrowingGpu[];
    /** Indexes of GPUs that use clearly more than planned. */
    readonly beyondPlan: ReadonlySet<number>;
  };
  readonly waiting: {
    readonly condition: Condition;
    readonly cause: WaitingCause;
    /** Another reason, and since when it applies. */
    readonly other: {readonly reason: WaitingCause['reason']; readonly sinceMs: number} | null;
    /** The newest sample with waiting requests, and the one with the most of them since the queue was last empty. */
    readonly sample: EngineMetricsSample | null;
    readonly longest: EngineMetricsSample | null;
    /** Monotonic ms since which requests wait without interruption; null while none waits. */
    readonly queuedSinceMs: number | null;
    /** They may wait since before the engine was watched. */
    readonly isAtLeast: boolean;
    /** Most requests that ran at the same time during this run. */
    readonly mostRunning: number;
  };
  readonly firstTokens: {readonly condition: Condition; readonly counted: FirstTokens | null};
  readonly idle: {
    readonly condition: Condition;
    readonly judgedAtMs: number;
    /** The counters when the engine was last used, or when they were first read. */
    readonly start: UseCounters | null;
    /** It may be idle since before the engine was watched. */
    readonly isAtLeast: boolean;
  };
};

/** No engine serves, or nothing was read yet. */
export const unseenServing: ServingConditions = {
  memory: {
    condition: unseenCondition,
    track: new Map(),
    baselines: new Map(),
    signal: 'unknown',
    judgedAtMs: null,
    growing: [],
    beyondPlan: new Set(),
  },
  waiting: {
    condition: unseenCondition,
    cause: {reason: 'unknown', runningLimit: null, isLimitStated: false},
    other: null,
    sample: null,
    longest: null,
    queuedSinceMs: null,
    isAtLeast: false,
    mostRunning: 0,
  },
  firstTokens: {condition: unseenCondition, counted: null},
  idle: {condition: unseenCondition, judgedAtMs: Number.NEGATIVE_INFINITY, start: null, isAtLeast: false},
};

/** What was observed of a serving engine at one time. */
export type ServingMoment = {
  /** Monotonic ms. */
  readonly nowMs: number;
  /** Time since it became ready, ms; null if unknown. */
  readonly readyForMs: number | null;
  /** Samples of the last minute, oldest first; empty if the newest one is too old. */
  readonly samples: readonly EngineMetricsSample[];
  /** GPUs of the engine that were read now. */
  readonly memory: readonly MemoryReading[];
  /** What is in use beyond the plan and its reserve, without what the driver lists for other programs; bytes. */
  readonly beyondPlan: readonly {readonly index: number; readonly bytes: number}[];
  readonly runningLimit: number | null;
};

/** The conditions after one more moment. */
export function withMoment(
  conditions: ServingConditions,
  moment: ServingMoment,
  thresholds: FindingThresholds,
): ServingConditions {
  return {
    memory: {
      ...withMemory(conditions.memory, moment, thresholds),
      beyondPlan: withBeyondPlan(conditions.memory.beyondPlan, moment, thresholds),
    },
    waiting: withWaiting(conditions.waiting, moment, thresholds),
    firstTokens: withFirstTokens(conditions.firstTokens, moment, thresholds),
    idle: withIdle(conditions.idle, moment, thresholds),
  };
}

/** Growth right after the start is warm-up: this fraction of the window. */
const SETTLING = 0.2;
/** Memory growth must be confirmed for this fraction of the window. */
const CONFIRMING = 0.05;

function withMemory(
  before: ServingConditions['memory'],
  {nowMs, readyForMs, memory}: ServingMoment,
  thresholds: FindingThresholds,
): Omit<ServingConditions['memory'], 'beyondPlan'> {
  const {bytesPerHour, windowMs} = thresholds.memoryGrowth;
  if (bytesPerHour === null) return unseenServing.memory;
  const isSettled = readyForMs === null || readyForMs >= windowMs * SETTLING;
  const track = withReadings(before.track, isSettled ? memory : [], nowMs, windowMs);
  const isDue = before.judgedAtMs === null || nowMs - before.judgedAtMs >= pointIntervalMs(windowMs);
  const reported = new Set(before.condition.isRaised ? before.growing.map(({index}) => index) : []);
  const judged = isDue ? memoryGrowthOf(track, nowMs, thresholds, reported) : null;
  const signal = judged?.signal ?? before.signal;
  return {
    condition: withSignal(before.condition, signal, nowMs, {
      raiseAfterMs: windowMs * CONFIRMING,
      resolveAfterMs: thresholds.resolve.afterMs,
    }),
    track,
    baselines: withBaselines(before.baselines, track),
    signal,
    judgedAtMs: isDue ? nowMs : before.judgedAtMs,
    growing: judged === null || judged.growing.length === 0 ? before.growing : judged.growing,
  };
}

/** A GPU near the threshold does not come and go; one that is not read stays as it is. */
function withBeyondPlan(
  before: ReadonlySet<number>,
  {beyondPlan}: Pick<ServingMoment, 'beyondPlan'>,
  {memoryBeyondPlan: {bytes}, resolve}: FindingThresholds,
): ReadonlySet<number> {
  if (bytes === null) return new Set();
  const after = new Set(before);
  for (const gpu of beyondPlan) {
    if (gpu.bytes > bytes) after.add(gpu.index);
    else if (gpu.bytes <= bytes * resolve.belowRatio) after.delete(gpu.index);
  }
  return after;
}

function withWaiting(
  before: ServingConditions['waiting'],
  {nowMs, samples, runningLimit}: ServingMoment,
  {waiting: {requests, raiseAfterMs}, resolve}: FindingThresholds,
): ServingConditions['waiting'] {
  if (requests === null) return unseenServing.waiting;
  const newest = samples.at(-1);
  const waits = newest?.waitingRequests ?? absent(UNREAD);
  const resolveAt = Math.min(requests - 1, requests * resolve.belowRatio);
  const signal = signalOf(waits, {raiseAt: requests, resolveAt});
  const condition = withSignal(before.condition, signal, nowMs, {raiseAfterMs, resolveAfterMs: resolve.afterMs});
  const isQueued = isPresent(waits) && waits > 0;
  const queued = newest !== undefined && isQueued ? newest : null;
  const mostRunning = Math.max(before.mostRunning, valueOrNull(newest?.runningRequests) ?? 0);
  const cause = waitingCauseOf(samples, {limit: runningLimit, most: mostRunning});
  return {
    condition,
    sample: queued ?? before.sample,
    longest: queued === null ? before.longest : longerQueue(queued, before),
    queuedSinceMs: isQueued || isAbsent(waits) ? (before.queuedSinceMs ?? (isQueued ? nowMs : null)) : null,
    isAtLeast: before.isAtLeast && (isQueued || isAbsent(waits)),
    mostRunning,
    ...causeAfter(before, cause, nowMs, resolve.afterMs),
  };
}

function longerQueue(
  queued: EngineMetricsSample,
  {longest, queuedSinceMs}: ServingConditions['waiting'],
): EngineMetricsSample {
  const count = ({waitingRequests}: EngineMetricsSample): number => valueOrNull(waitingRequests) ?? 0;
  return longest === null || queuedSinceMs === null || count(queued) >= count(longest) ? queued : longest;
}

/**
 * Until requests count as waiting, the newest cause applies; then another reason must hold as long as a resolution,
 * except for a stop of the engine, and for the end of one: what was the reason before explains nothing then.
 */
function causeAfter(
  {condition, cause, other}: ServingConditions['waiting'],
  newest: WaitingCause | null,
  nowMs: number,
  holdMs: number,
): Pick<ServingConditions['waiting'], 'cause' | 'other'> {
  if (newest === null) return {cause, other: null};
  const isSame = newest.reason === cause.reason;
  const stops = newest.reason === 'blocked' || cause.reason === 'blocked';
  if (!condition.isRaised || isSame || stops) return {cause: newest, other: null};
  const sinceMs = other?.reason === newest.reason ? other.sinceMs : nowMs;
  return nowMs - sinceMs >= holdMs ? {cause: newest, other: null} : {cause, other: {reason: newest.reason, sinceMs}};
}

function withFirstTokens(
  before: ServingConditions['firstTokens'],
  {nowMs, samples}: ServingMoment,
  thresholds: FindingThresholds,
): ServingConditions['firstTokens'] {
  const {firstToken, resolve} = thresholds;
  if (firstToken.targetMs === null) return unseenServing.firstTokens;
  const {signal, counted} = firstTokensOf(samples, thresholds);
  return {
    condition: withSignal(before.condition, signal, nowMs, {
      raiseAfterMs: firstToken.raiseAfterMs,
      resolveAfterMs: resolve.afterMs,
    }),
    counted: counted ?? before.counted,
  };
}

function withIdle(
  before: ServingConditions['idle'],
  {nowMs, samples}: ServingMoment,
  {idle}: FindingThresholds,
): ServingConditions['idle'] {
  if (idle.raiseAfterMs === null) return unseenServing.idle;
  // A busy second between two moments counts as well.
  const fresh = samples.filter(
    ({stamp}, index) => stamp.monotonicMs > before.judgedAtMs || index === samples.length - 1,
  );
  const signals = fresh.flatMap((after) => {
    const earlier = samples[samples.indexOf(after) - 1];
    return earlier === undefined ? [] : [idlenessOf(earlier, after)];
  });
  const newest = samples.at(-1);
  const use = before.start === null || newest === undefined ? 'none' : activitySince(before.start, newest);
  const isUsed = use === 'used' || signals.includes('gone');
  const signal = isUsed
    ? 'gone'
    : ((['unknown', 'present'] as const).find((one) => signals.includes(one)) ?? 'unknown');
  const isFirst = before.start === null || isUsed || use === 'restarted';
  // Of a use that only the counters of an earlier supervisor show, the time is unknown.
  const isUseUntimed = before.judgedAtMs === unseenServing.idle.judgedAtMs && !signals.includes('gone');
  return {
    condition: withSignal(before.condition, signal, nowMs, {raiseAfterMs: idle.raiseAfterMs, resolveAfterMs: 0}),
    judgedAtMs: newest?.stamp.monotonicMs ?? before.judgedAtMs,
    start: isFirst && newest !== undefined ? countersOfUse(newest) : before.start,
    isAtLeast: isUsed ? isUseUntimed : before.isAtLeast,
  };
}
