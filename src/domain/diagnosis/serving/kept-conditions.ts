import {z} from 'zod';
import {absent, type Reading, valueOrNull} from '../../../samples/reading.ts';
import type {Stamp} from '../../../samples/stamp.ts';
import type {StallTrack} from '../../traffic/forward-progress.ts';
import {keepStall, keptStallSchema} from '../../traffic/kept-stall.ts';
import {type Condition, unseenCondition} from '../conditions/condition.ts';
import type {UseCounters} from './idleness.ts';
import {type ServingConditions, unseenServing} from './serving-conditions.ts';
import {waitingReasonSchema} from './waiting-reason.ts';

/** What is read only now and then is the same after this long: an upgrade, or a restart by a service manager, is shorter. */
const SAME_WITHIN_MS = 30_000;

const conditionSchema = z.object({isRaised: z.boolean(), sinceMs: z.number().nullable(), confirmedMs: z.number()});
const counterSchema = z.number().nullable();

/**
 * What is remembered of how long something lasts in a run, as it is stored: the next supervisor continues from it. Times are
 * epoch ms.
 */
export const keptConditionsSchema = z.object({
  atMs: z.number(),
  /** How long the host had been up then; left out by older versions. */
  uptimeMs: z.number().nonnegative().optional(),
  stall: keptStallSchema.nullable(),
  unanswered: z.object({unansweredMs: z.number(), isAtLeast: z.literal(true).optional()}).nullable(),
  waiting: z.object({
    condition: conditionSchema,
    cause: z
      .object({reason: waitingReasonSchema, runningLimit: z.number().nullable(), isLimitStated: z.boolean()})
      .readonly(),
    queuedSinceMs: z.number().nullable(),
    isAtLeast: z.boolean(),
    mostRunning: z.number(),
  }),
  firstTokens: z.object({
    condition: conditionSchema,
    counted: z
      .object({requests: z.number(), slowRequests: z.number(), boundMs: z.number(), windowMs: z.number()})
      .readonly()
      .nullable(),
  }),
  idle: z.object({
    condition: conditionSchema,
    start: z.object({finished: counterSchema, promptTokens: counterSchema, generationTokens: counterSchema}).nullable(),
    isAtLeast: z.boolean(),
  }),
});
export type KeptConditions = Readonly<z.infer<typeof keptConditionsSchema>>;

/** What an engine does and does not do, with the conditions of one that serves. */
type Lasting = {
  readonly serving: Pick<ServingConditions, 'waiting' | 'firstTokens' | 'idle'>;
  readonly stall: StallTrack;
  readonly unansweredMs: number | null;
  readonly isUnansweredAtLeast: boolean;
};

/** The conditions to be stored at `now`; `uptimeMs` of the host. */
export function keepConditions(
  {serving, stall, unansweredMs, isUnansweredAtLeast}: Lasting,
  now: Stamp,
  uptimeMs: number,
): KeptConditions {
  const {waiting, firstTokens, idle} = serving;
  const wallMs = (monotonicMs: number): number => monotonicMs - now.monotonicMs + now.sampledAtMs;
  const kept = ({isRaised, sinceMs, confirmedMs}: Condition) => ({
    isRaised,
    sinceMs: sinceMs === null ? null : wallMs(sinceMs),
    confirmedMs,
  });
  const {cause, queuedSinceMs, mostRunning} = waiting;
  return {
    atMs: now.sampledAtMs,
    uptimeMs,
    stall: keepStall(stall),
    unanswered: unansweredMs === null ? null : {unansweredMs, ...(isUnansweredAtLeast ? {isAtLeast: true} : {})},
    waiting: {
      condition: kept(waiting.condition),
      cause,
      queuedSinceMs: queuedSinceMs === null ? null : wallMs(queuedSinceMs),
      isAtLeast: waiting.isAtLeast,
      mostRunning,
    },
    firstTokens: {condition: kept(firstTokens.condition), counted: firstTokens.counted},
    idle: {
      condition: kept(idle.condition),
      start: idle.start === null ? null : numbersOf(idle.start),
      isAtLeast: idle.isAtLeast,
    },
  };
}

function numbersOf({finished, promptTokens, generationTokens}: UseCounters) {
  return {
    finished: valueOrNull(finished),
    promptTokens: valueOrNull(promptTokens),
    generationTokens: valueOrNull(generationTokens),
  };
}

/**
 * The present by the clock with which something was stored. A run does not outlive the boot of its host, so the time since
 * then is that of the host, whatever the clock was set to meanwhile. Without it, or after a boot, the clock has to do.
 */
export function presentOf(
  {atMs, uptimeMs}: Pick<KeptConditions, 'atMs' | 'uptimeMs'>,
  now: Stamp,
  presentUptimeMs: number,
): Stamp {
  const isSameBoot = uptimeMs !== undefined && uptimeMs <= presentUptimeMs;
  return isSameBoot ? {...now, sampledAtMs: atMs + presentUptimeMs - uptimeMs} : now;
}

/** Of an engine that served before it was watched, of which nothing is known: what lasts may have begun earlier. */
export const resumedServing = {
  waiting: {...unseenServing.waiting, isAtLeast: true},
  firstTokens: unseenServing.firstTokens,
  idle: {...unseenServing.idle, isAtLeast: true},
} as const;

/**
 * The conditions that were stored, by the monotonic clock of `now`. Queues and latencies of long ago say nothing of the
 * present; that nobody has used the engine since is shown by its counters, however long ago that was.
 */
export function recallConditions(kept: KeptConditions, now: Stamp): Omit<ServingConditions, 'memory'> {
  const gapMs = now.sampledAtMs - kept.atMs;
  const idle = recallIdle(kept.idle, gapMs, now);
  if (!isRecent(kept, now)) return {...resumedServing, idle};
  const {waiting, firstTokens} = kept;
  const queuedSinceMs = waiting.queuedSinceMs === null ? null : monotonicMsOf(waiting.queuedSinceMs, now);
  return {
    waiting: {
      ...unseenServing.waiting,
      condition: recallCondition(waiting.condition, now),
      cause: waiting.cause,
      queuedSinceMs,
      // A queue that formed meanwhile did so at an unknown time.
      isAtLeast: waiting.isAtLeast || queuedSinceMs === null,
      mostRunning: waiting.mostRunning,
    },
    firstTokens: {condition: recallCondition(firstTokens.condition, now), counted: firstTokens.counted},
    idle,
  };
}

/** How long the server of a resumed engine had responded to nothing; nobody has asked it since. */
export function recallUnanswered(kept: KeptConditions | null, now: Stamp) {
  const unanswered = kept === null || !isRecent(kept, now) ? null : kept.unanswered;
  if (kept === null || unanswered === null) return {unansweredMs: 0, isAtLeast: true} as const;
  const {isAtLeast} = unanswered;
  const unansweredMs = unanswered.unansweredMs + now.sampledAtMs - kept.atMs;
  return {unansweredMs, ...(isAtLeast === true ? {isAtLeast} : {})};
}

function recallIdle(
  {condition, start, isAtLeast}: KeptConditions['idle'],
  gapMs: number,
  now: Stamp,
): ServingConditions['idle'] {
  const isProven = start !== null && Object.values(start).some((count) => count !== null);
  if (!isProven || gapMs < 0) return resumedServing.idle;
  const recalled = recallCondition(condition, now);
  const {isRaised, confirmedMs} = recalled;
  const wasIdle = isRaised || confirmedMs > 0;
  const counted = (count: number | null): Reading<number> => count ?? absent('not reported');
  return {
    ...unseenServing.idle,
    condition: wasIdle && !isRaised ? {...recalled, confirmedMs: confirmedMs + gapMs} : recalled,
    start: {
      finished: counted(start.finished),
      promptTokens: counted(start.promptTokens),
      generationTokens: counted(start.generationTokens),
    },
    isAtLeast: isAtLeast || !wasIdle,
  };
}

function isRecent({atMs}: KeptConditions, {sampledAtMs}: Stamp): boolean {
  const gapMs = sampledAtMs - atMs;
  return gapMs >= 0 && gapMs <= SAME_WITHIN_MS;
}

function recallCondition({isRaised, sinceMs, confirmedMs}: z.infer<typeof conditionSchema>, now: Stamp): Condition {
  return {...unseenCondition, isRaised, sinceMs: sinceMs === null ? null : monotonicMsOf(sinceMs, now), confirmedMs};
}

function monotonicMsOf(wallMs: number, now: Stamp): number {
  return wallMs - now.sampledAtMs + now.monotonicMs;
}
