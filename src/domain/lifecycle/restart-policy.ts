import {withDetails} from '../diagnosis/details/details.ts';
import type {SettingDifference} from '../diagnosis/details/run-details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {differencesText} from '../settings/settings-difference.ts';

/** What is done about an engine that ended, or hangs, without being asked to. */
export type RestartPolicy = {
  /** False: it stays down until somebody starts it. */
  readonly isAutomatic: boolean;
  /** Wait before the first automatic restart; each further one waits twice as long. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Restarts in a row before it stays down. A run that was ready for `stableAfterMs` begins the count anew. */
  readonly maxRestarts: number;
  readonly stableAfterMs: number;
  /** How long an engine may make no step while requests run before it is restarted; null: it is only reported. */
  readonly hangRestartAfterMs: number | null;
};

/**
 * A start costs ten minutes of a node, so a crash is answered within seconds, but five in a row within the time of one
 * stable run are a fault that restarting does not cure.
 */
export const defaultRestartPolicy: RestartPolicy = {
  isAutomatic: true,
  firstDelayMs: 5_000,
  maxDelayMs: 300_000,
  maxRestarts: 5,
  stableAfterMs: 600_000,
  hangRestartAfterMs: null,
};

/** Share of a delay that the jitter takes or adds: nodes that failed together do not come back together. */
const JITTER_RATIO = 0.2;

/**
 * How long to wait before automatic restart number `attempt` (1, 2, ...), milliseconds: exponential, bounded, with a
 * jitter that follows from `seed` (the id of the run that ended), so that the same history gives the same times.
 */
export function restartDelayMs(policy: RestartPolicy, attempt: number, seed: string): number {
  const exponential = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** Math.max(0, attempt - 1));
  const jitter = (unitOf(`${seed}/${attempt}`) * 2 - 1) * JITTER_RATIO;
  return Math.round(exponential * (1 + jitter));
}

/** A number in [0, 1) from a text: FNV-1a, 32 bit, with a final mix (murmur3), for its last digits decide. */
function unitOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The last part of the codes of failures that come back with every start of the same settings on the same host. */
const permanentFailures: ReadonlySet<string> = new Set([
  'context-too-long',
  'compute-buffer-too-large',
  'disk-full',
  'does-not-fit',
  'driver-too-old',
  'heads-not-divisible',
  'invalid-argument',
  'kv-cache-too-large',
  'kv-cache-too-small',
  'memory-unbalanced',
  'model-gated',
  'model-incomplete',
  'model-missing',
  'model-not-cached',
  'model-not-gguf',
  'model-split-missing',
  'model-unknown-architecture',
  'no-gpu',
  'no-kv-cache-memory',
  'not-divisible',
  'out-of-memory-capturing',
  'out-of-memory-loading',
  'out-of-memory-sampler',
  'too-few-gpus',
  'too-old',
  'trust-remote-code',
  'unknown-argument',
  'unsupported-model',
  'weights-too-large',
  'wrong-build',
]);

/**
 * Whether starting the same again may help. A failure that other settings cure is none of those, unless these settings
 * have served before: what ran out of memory after hours of serving comes back.
 */
export function isCuredByRestart({code, settingsChange}: Finding, hasServed: boolean): boolean {
  if (permanentFailures.has(code.slice(code.lastIndexOf('.') + 1))) return false;
  return hasServed || settingsChange === null;
}

/** An engine that stays down because restarting it did not help, with what ended it last. */
export function crashLoopFinding(restarts: number, last: Finding | null): Finding {
  const times = restarts === 1 ? 'once' : `${restarts} times in a row`;
  return {
    code: 'lifecycle.crash-loop',
    severity: 'critical',
    message: `The engine was restarted ${times} and ended each time: it stays down.${last === null ? '' : ` The last time: ${last.message}`}`,
    evidence: last?.evidence ?? null,
    remedy: last === null ? 'Read the log, and start it by hand.' : last.remedy,
    settingsChange: last?.settingsChange ?? null,
  };
}

/** Settings that failed and were left for those that had served. */
export function rolledBackFinding(cause: Finding, differences: readonly SettingDifference[]): Finding {
  return {
    ...withDetails('lifecycle.rolled-back', {differences: [...differences]}),
    severity: 'warning',
    message: `The restart with other settings (${differencesText(differences)}) failed, and the last good ones were taken again: ${cause.message}`,
    evidence: cause.evidence,
    remedy: cause.remedy,
    settingsChange: cause.settingsChange,
  };
}
