import {withDetails} from '../diagnosis/details/details.ts';
import type {SettingDifference} from '../diagnosis/details/run-details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {differencesText} from '../settings/settings-difference.ts';

/** What to do about an engine that exited unexpectedly or hangs. */
export type RestartPolicy = {
  /** False: it stays down until someone starts it. */
  readonly isAutomatic: boolean;
  /** Delay before the first automatic restart; doubled for each further one. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Consecutive restarts before it stays down. A run that was ready for `stableAfterMs` resets the count. */
  readonly maxRestarts: number;
  readonly stableAfterMs: number;
  /** How long a degraded engine may make no step while requests run, or answer nothing, until it is restarted; null: never. */
  readonly hangRestartAfterMs: number | null;
};

/**
 * A start takes ten minutes, so a crash is answered within seconds, but five in a row within the time of one stable
 * run are a fault that restarting does not fix.
 */
export const defaultRestartPolicy: RestartPolicy = {
  isAutomatic: true,
  firstDelayMs: 5_000,
  maxDelayMs: 300_000,
  maxRestarts: 5,
  stableAfterMs: 600_000,
  hangRestartAfterMs: null,
};

/** How long the lifecycle waits, and how often it restarts an engine that exited unexpectedly. */
export type LifecyclePolicy = {
  /** Between SIGTERM to the leader and SIGKILL to the session. */
  readonly terminateGraceMs: number;
  /** Between SIGKILL and giving up on processes the kernel does not end. */
  readonly killGraceMs: number;
  /** Between the exit of the last process and giving up on GPU memory that is not released. */
  readonly memoryGraceMs: number;
  /** Between two readiness probes while starting. */
  readonly startProbeIntervalMs: number;
  /** Between two readiness probes of a degraded run. */
  readonly degradedProbeIntervalMs: number;
  readonly restart: RestartPolicy;
};

/** vLLM and SGLang exit within seconds when idle; SGLang drains without a time limit, so Gantry sets one. */
export const defaultLifecyclePolicy: LifecyclePolicy = {
  terminateGraceMs: 30_000,
  killGraceMs: 20_000,
  memoryGraceMs: 60_000,
  startProbeIntervalMs: 1_000,
  degradedProbeIntervalMs: 5_000,
  restart: defaultRestartPolicy,
};

/** Jitter as a fraction of the delay: nodes that failed together do not restart together. */
const JITTER_RATIO = 0.2;

/**
 * How long to wait before automatic restart number `attempt` (1, 2, ...), milliseconds: exponential, bounded, with a
 * jitter derived from `seed` (the id of the run that exited), so that the same history gives the same times.
 */
export function restartDelayMs(policy: RestartPolicy, attempt: number, seed: string): number {
  const exponential = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** Math.max(0, attempt - 1));
  const jitter = (unitOf(`${seed}/${attempt}`) * 2 - 1) * JITTER_RATIO;
  return Math.round(exponential * (1 + jitter));
}

/** A number in [0, 1) from a text: FNV-1a, 32 bit, with a final mix (murmur3), because the last digits decide. */
function unitOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Last part of the codes of failures that repeat with every start of the same settings on the same host. */
const permanentFailures: ReadonlySet<string> = new Set([
  'backend-unsupported',
  'build-too-old',
  'compiler-missing',
  'compute-buffer-too-large',
  'connector-needs-hybrid',
  'connector-needs-one-cache',
  'container-without-gpus',
  'context-too-long',
  'deepep-launch',
  'disk-full',
  'disk-quota',
  'does-not-fit',
  'driver-library-mismatch',
  'driver-too-old',
  'environment-differs',
  'flash-attention-needed',
  'forked-cuda',
  'format-unsupported',
  'forward-compatibility',
  'gguf-not-supported',
  'heads-not-divisible',
  'invalid-argument',
  'kernel-build-failed',
  'kv-cache-too-large',
  'kv-cache-too-small',
  'kv-quantization-unsupported',
  'library-mismatch',
  'library-missing',
  'limit-exceeded',
  'memory-unbalanced',
  'model-gated',
  'model-incomplete',
  'model-missing',
  'model-not-cached',
  'model-not-gguf',
  'model-not-inspected',
  'model-shard-broken',
  'model-shard-missing',
  'model-split-missing',
  'model-unknown-architecture',
  'no-gpu',
  'no-kv-cache-memory',
  'no-peer-access',
  'no-permission',
  'not-divisible',
  'numa-binding',
  'out-of-memory-capturing',
  'out-of-memory-loading',
  'out-of-memory-sampler',
  'package-mismatch',
  'package-missing',
  'package-too-old',
  'quantization-not-divisible',
  'rdma-registration',
  'too-few-gpus',
  'too-old',
  'toolkit-missing',
  'trust-remote-code',
  'unknown-argument',
  'unknown-parser',
  'unsupported-checkpoint',
  'unsupported-model',
  'unsupported-quantization',
  'weights-too-large',
  'wrong-build',
]);

/**
 * Whether another start with the same settings may help. Not for a failure that other settings fix, unless these
 * settings have served before: an engine that ran out of memory after hours of serving can start again.
 */
export function isCuredByRestart({code, settingsChange}: Finding, hasServed: boolean): boolean {
  if (permanentFailures.has(code.slice(code.lastIndexOf('.') + 1))) return false;
  return hasServed || settingsChange === null;
}

/**
 * Settings that failed and were replaced by those that had served. `settingsChange` leads from the present settings to
 * those that failed with their fix.
 */
export function rolledBackFinding(
  cause: Finding,
  differences: readonly SettingDifference[],
  settingsChange: Finding['settingsChange'],
): Finding {
  return {
    ...withDetails('lifecycle.rolled-back', {differences: [...differences]}),
    severity: 'warning',
    message: `The restart with other settings (${differencesText(differences)}) failed; the last good settings are used again: ${cause.message}`,
    evidence: cause.evidence,
    remedy: cause.remedy,
    settingsChange,
    ...(cause.cure === undefined ? {} : {cure: {...cause.cure, alternatives: []}}),
  };
}
