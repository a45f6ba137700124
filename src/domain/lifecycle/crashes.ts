import {countText} from '../../shared/quantities/counts.ts';
import {roughDurationText} from '../../shared/quantities/durations.ts';
import {utcText, utcTimeText} from '../../shared/quantities/moments.ts';
import {withDetails} from '../diagnosis/details/details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import type {Crashes, LifecycleState, RecordedCrashes} from './lifecycle.ts';
import {isHang} from './lifecycle-findings.ts';
import {isServingState} from './phases.ts';
import {emit, patch, patchInternal, type Step, setTimer} from './step.ts';

/** True for a run that served long enough: what happened before it does not count any more. */
export function wasStable({readyAtMs, internal}: LifecycleState, atMs: number): boolean {
  return readyAtMs !== null && atMs - readyAtMs >= internal.policy.restart.stableAfterMs;
}

/** When a run crashed; `atMs` is null at an unknown time, `servedUntilMs` is then its last sign of life. */
export type CrashTime = {readonly atMs: number | null; readonly servedUntilMs: number};

/** Counts one more crash of these settings. */
export function withCrash(step: Step, cause: Finding, {atMs, servedUntilMs}: CrashTime): Step {
  const known = wasStable(step.state, servedUntilMs) ? null : step.state.crashes;
  return patch(step, {
    crashes: {count: (known?.count ?? 0) + 1, sinceMs: known === null ? atMs : known.sinceMs, lastAtMs: atMs, cause},
  });
}

/** The crashes so far as they are recorded with the next run; null for none. */
export function recordedCrashes({crashes, internal}: LifecycleState): RecordedCrashes | null {
  return crashes === null ? null : {...crashes, restarts: internal.consecutiveRestarts};
}

/**
 * The recorded crashes of a run that is adopted. If it was not recorded as stable when it could have been, it was degraded,
 * or nobody watched it: it has to serve for the whole time.
 */
export function withRecordedCrashes(adopted: Step, recorded: RecordedCrashes | null, atMs: number): Step {
  const {readyAtMs, internal} = adopted.state;
  if (recorded === null) return patchInternal(patch(adopted, {crashes: null}), {consecutiveRestarts: 0});
  const known = restoreCrashes(adopted, recorded);
  if (readyAtMs === null) return known;
  // What hung after it was ready has to show it again.
  const leftMs = Math.max(readyAtMs, recorded.lastAtMs ?? 0) + internal.policy.restart.stableAfterMs - atMs;
  return setTimer(known, 'stable', leftMs > 0 ? leftMs : internal.policy.restart.stableAfterMs);
}

/** The crashes that an automatic restart of an earlier supervisor answers. */
export function restoreCrashes(step: Step, {restarts, ...crashes}: RecordedCrashes): Step {
  return patchInternal(patch(step, {crashes}), {consecutiveRestarts: restarts});
}

/** The cause of the newest crash became known after it. */
export function withCrashCause(step: Step, cause: Finding): Step {
  const {crashes, intention} = step.state;
  const known = crashes === null ? step : patch(step, {crashes: {...crashes, cause}});
  if (intention === null || intention.crashes === null) return known;
  return patch(known, {intention: {...intention, crashes: {...intention.crashes, cause}}});
}

/** After crashes, a run has to serve for some time until they are forgotten. */
export function watchStability(step: Step): Step {
  const {crashes, internal} = step.state;
  return crashes === null ? step : setTimer(step, 'stable', internal.policy.restart.stableAfterMs);
}

/** The same for a run that has served for a part of the time, under another policy. */
export function watchRestOfStability(step: Step, atMs: number): Step {
  const {readyAtMs, internal} = step.state;
  if (internal.timerIds.stable === undefined || readyAtMs === null) return step;
  return setTimer(step, 'stable', Math.max(0, readyAtMs + internal.policy.restart.stableAfterMs - atMs));
}

/** The run has served for long enough; one that is degraded has to show it again. */
export function onStableTimer(step: Step, atMs: number): Step {
  const {state, run} = step.state;
  if (state === 'degraded') return watchStability(step);
  if (state !== 'ready') return step;
  const stable = patchInternal(patch(step, {crashes: null}), {consecutiveRestarts: 0});
  return run === null ? stable : emit(stable, {type: 'record', entry: {type: 'run-stable', runId: run.runId, atMs}});
}

/**
 * The reason why the engine is not all right: its diagnosis, and its crashes, from the first one until they are forgotten.
 * The diagnosis of a crash is part of the finding about the crashes; an engine that stays down after its only crash has
 * the diagnosis alone. The reason why a running engine is degraded is reported in any case: the last crash may have had
 * the same one.
 */
export function failureFindings(lifecycle: LifecycleState): Finding[] {
  const {diagnosis, crashes, state, internal} = lifecycle;
  // An engine that stops answering has not shown valid output.
  const broken = state === 'degraded' ? (internal.brokenOutput?.finding ?? null) : null;
  // An engine that is being stopped is not expected to generate.
  const present = state === 'stopping' && diagnosis !== null && isHang(diagnosis.code) ? null : diagnosis;
  const own = [present, broken].filter((finding) => finding !== null);
  if (crashes === null || (state === 'failed' && crashes.count === 1)) return own;
  const loop = crashLoopFinding(lifecycle, crashes);
  const isToldByLoop = ({code}: Finding): boolean =>
    code === loop.code || (state !== 'degraded' && code === crashes.cause.code);
  return [loop, ...own.filter((finding) => !isToldByLoop(finding))];
}

/** True for crashes of an engine that runs again: they say nothing about its present state. */
export function isPastCrash({code, severity}: Pick<Finding, 'code' | 'severity'>): boolean {
  return code === 'lifecycle.crash-loop' && severity !== 'critical';
}

/** Crashes of the engine with the last cause and its fix; `state` decides what happens next. */
export function crashLoopFinding(
  lifecycle: Pick<LifecycleState, 'state' | 'backOff' | 'readyAtMs' | 'internal'>,
  crashes: Crashes,
): Finding {
  const {cause, count, sinceMs, lastAtMs} = crashes;
  return {
    ...withDetails('lifecycle.crash-loop', {
      crashes: count,
      sinceMs,
      lastAtMs,
      nextRestartAtMs: lifecycle.backOff?.untilMs ?? null,
      cause: {code: cause.code, ...(cause.details === undefined ? {} : {details: cause.details})},
    }),
    // What is wrong with an engine that runs again is a finding of its own.
    severity: isServingState(lifecycle.state) ? 'warning' : 'critical',
    // The cause stays where there is room for one sentence only.
    message: `The engine ${howOften(crashes)}, ${count === 1 ? '' : 'last '}cause: ${cause.message} ${nextStep(lifecycle)}`,
    evidence: cause.evidence,
    remedy: cause.remedy,
    settingsChange: cause.settingsChange,
    ...(cause.cure === undefined ? {} : {cure: cause.cure}),
  };
}

function howOften({count, sinceMs, cause}: Crashes): string {
  const hasHung = cause.code === 'lifecycle.not-generating';
  const time = sinceMs === null ? null : utcText(sinceMs);
  if (count === 1) return `${hasHung ? 'hung' : 'crashed'} at ${time ?? 'an unknown time'}`;
  const times = `${hasHung ? 'crashed or hung' : 'crashed'} ${countText(count)} times`;
  return time === null ? `${times}, the first time at an unknown time` : `${times} since ${time}`;
}

function nextStep({state, backOff, readyAtMs, internal}: Parameters<typeof crashLoopFinding>[0]): string {
  const stableFor = roughDurationText(internal.policy.restart.stableAfterMs);
  switch (state) {
    case 'backing-off':
      return backOff === null
        ? 'It is restarted.'
        : `Automatic restart ${backOff.attempt} of ${backOff.maxAttempts} at ${utcTimeText(backOff.untilMs)}.`;
    case 'failed':
    case 'stopped':
      return 'It stays down.';
    case 'preflight':
    case 'starting':
    case 'stopping':
      return 'It is being restarted.';
    case 'ready':
    case 'draining':
      return `It has served since ${utcTimeText(readyAtMs ?? 0)}; it counts as stable after ${stableFor}.`;
    case 'degraded':
      return 'It is running again, but degraded.';
  }
}
