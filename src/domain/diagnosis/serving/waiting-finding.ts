import {valueOrNull} from '../../../samples/reading.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {lastingText, roughDurationText} from '../../../shared/quantities/durations.ts';
import {percentText} from '../../../shared/quantities/ratios.ts';
import type {LaunchSettings, SettingsChange} from '../../settings/launch-settings.ts';
import {type CuredBy, cureSchema} from '../cure.ts';
import {type DetailsOf, withDetails} from '../details/details.ts';
import type {Finding} from '../finding.ts';
import type {ServingConditions} from './serving-conditions.ts';
import type {WaitingReason} from './waiting-reason.ts';

type Facts = DetailsOf<'engine.requests-waiting'>;

/** Requests that wait, and why; none while nothing was counted. `nowMs` is monotonic. */
export function waitingFinding(
  {condition, cause, sample: newest, longest, queuedSinceMs, isAtLeast}: ServingConditions['waiting'],
  nowMs: number,
  settings: LaunchSettings | null,
): Finding[] {
  // Of a queue that is empty now, its longest moment says more than its last one.
  const sample = queuedSinceMs === null ? longest : newest;
  const waiting = valueOrNull(sample?.waitingRequests);
  if (newest === null || sample === null || waiting === null) return [];
  const isRead = queuedSinceMs === null || condition.last?.signal !== 'unknown';
  const {runningLimit, isLimitStated} = cause;
  // What holds them up now is unknown while nothing is read.
  const reason = isRead ? cause.reason : 'unknown';
  const facts: Facts = {
    waitingRequests: waiting,
    runningRequests: valueOrNull(sample.runningRequests),
    waitedMs: queuedSinceMs === null ? null : Math.max(0, nowMs - queuedSinceMs),
    ...(queuedSinceMs !== null && isAtLeast ? {isAtLeast} : {}),
    endedMs: queuedSinceMs === null ? Math.max(0, nowMs - newest.stamp.monotonicMs) : null,
    reason,
    runningLimit,
    isLimitStated,
    kvUsageRatio: valueOrNull(sample.kvUsageRatio),
  };
  const {why, remedy, by, changes} = explanations[reason](facts, settings);
  const [settingsChange = null, ...alternatives] = changes;
  return [
    {
      ...withDetails('engine.requests-waiting', facts),
      severity: 'warning',
      message: isRead ? `${queueText(facts)}: ${why}.` : unreadText(waiting, nowMs - newest.stamp.monotonicMs),
      evidence: evidenceOf(facts),
      remedy,
      settingsChange,
      cure: cureSchema.parse({by, isChecked: false, alternatives}),
    },
  ];
}

function unreadText(count: number, sinceMs: number): string {
  const requests = `${countedText(count, 'request')} ${count === 1 ? 'was' : 'were'}`;
  return `${requests} waiting when the engine last reported it, ${roughDurationText(Math.max(0, sinceMs))} ago.`;
}

/** A queue that has just formed has no age worth showing. */
const YOUNG_MS = 5_000;

function queueText({waitingRequests: count, waitedMs, isAtLeast, endedMs}: Facts): string {
  const requests = countedText(count, 'request');
  if (waitedMs === null) return `Up to ${requests} waited until ${roughDurationText(endedMs ?? 0)} ago`;
  const age = waitedMs < YOUNG_MS ? '' : `, for ${lastingText(waitedMs, isAtLeast === true)}`;
  return `${requests} ${count === 1 ? 'is' : 'are'} waiting${age}`;
}

type Explanation = {
  /** Continues a sentence. */
  readonly why: string;
  readonly remedy: string;
  readonly by: CuredBy | null;
  /** Settings that may cure it, the least drastic first. */
  readonly changes: readonly SettingsChange[];
};

/** With this much of the KV cache in use, more running requests would only preempt each other. */
const ROOMY_KV_RATIO = 0.7;
/** Memory fractions above it leave too little for everything outside the engine's budget. */
const HIGHEST_FRACTION = 0.95;

const explanations: Readonly<Record<WaitingReason, (facts: Facts, settings: LaunchSettings | null) => Explanation>> = {
  'running-limit': ({runningLimit, isLimitStated, kvUsageRatio}) => {
    const isRoomy = kvUsageRatio === null || kvUsageRatio < ROOMY_KV_RATIO;
    const limit = runningLimit === null ? 'as many' : `${countText(runningLimit)}, as many`;
    return {
      why: isLimitStated
        ? `${limit} as may run at the same time, are running`
        : `${countText(runningLimit ?? 0)} are running and another starts only when one ends, which is probably the engine's limit`,
      remedy: isRoomy
        ? 'Allow more running requests (engine.maxRunningRequests).'
        : 'Send fewer requests at the same time, or use more GPUs: the KV cache has little room for more.',
      by: 'gpus',
      changes: runningLimit === null || !isRoomy ? [] : [{maxRunningRequests: runningLimit * 2}],
    };
  },
  'kv-cache-full': (_, settings) => ({
    why: 'the KV cache is full',
    remedy: 'Make the KV cache larger, or send fewer or shorter requests.',
    by: 'gpus',
    changes: largerKvCache(settings),
  }),
  preempting: ({runningRequests}, settings) => ({
    why: 'the KV cache is full, and running requests are preempted and computed again',
    remedy: 'Allow fewer running requests (engine.maxRunningRequests), or make the KV cache larger.',
    by: 'gpus',
    changes: [
      ...(runningRequests === null || runningRequests < 2 ? [] : [{maxRunningRequests: fewerThan(runningRequests)}]),
      ...largerKvCache(settings),
    ],
  }),
  deferred: () => ({
    why: 'the engine defers them for another reason than capacity, such as a grammar, an adapter or a KV transfer',
    remedy: "Read the engine's log for grammars, LoRA adapters or KV transfers.",
    by: 'arguments',
    changes: [],
  }),
  'computing-prompts': () => ({
    why: 'the engine is computing the prompts before them',
    remedy:
      'Spread the requests over time, keep the prefixes of prompts equal so that they are cached, or use more GPUs.',
    by: 'gpus',
    changes: [],
  }),
  blocked: () => ({
    why: 'the engine makes no step',
    remedy: 'No setting helps: they wait for the next step of the engine.',
    by: null,
    changes: [],
  }),
  unknown: () => ({
    why: 'the engine does not report why',
    remedy: "Read the engine's log, and send fewer requests at the same time.",
    by: null,
    changes: [],
  }),
};

/** A power of two below it, so that the offer does not change with every request. */
function fewerThan(runningRequests: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(runningRequests)) - 1);
}

/** Settings that make the KV cache hold more tokens in the same memory, or that give it more memory. */
function largerKvCache(settings: LaunchSettings | null): readonly SettingsChange[] {
  if (settings === null) return [];
  const {kvCacheDtype, memoryFraction} = settings;
  return [
    ...(memoryFraction < HIGHEST_FRACTION ? [{memoryFraction: HIGHEST_FRACTION}] : []),
    ...(kvCacheDtype === 'fp8' ? [] : [{kvCacheDtype: 'fp8' as const}]),
  ];
}

function evidenceOf({runningRequests, kvUsageRatio}: Facts): string | null {
  const parts = [
    ...(runningRequests === null ? [] : [`${countText(runningRequests)} running`]),
    ...(kvUsageRatio === null ? [] : [`KV cache ${percentText(kvUsageRatio)} in use`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}
