import {absent} from '../../samples/reading.ts';
import {detailsOf} from '../diagnosis/details/details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import type {EngineWork} from '../traffic/forward-progress.ts';
import {isStalled, watchHang} from './automatic-restart.ts';
import {watchStability} from './crashes.ts';
import type {RunEvent} from './lifecycle.ts';
import {NOT_ANSWERING, unansweredFinding} from './lifecycle-findings.ts';
import type {RunIdentity} from './run-identity.ts';
import {clearTimers, emit, patch, patchInternal, probe, type Step, setTimer} from './step.ts';

/** Why a probe failed. */
export type ProbeFailure = {
  /** The result in one sentence. */
  readonly answer: string;
  /** The engine answered, and the answer needs the operator's attention, also during a start. */
  readonly finding?: Finding;
  /** It generates, but text that nobody can use. */
  readonly isBrokenOutput?: true;
  /** Another program answered on its port: it says nothing about the engine, which is still starting. */
  readonly isOfAnotherProgram?: true;
  /** The time limit that the probe waited for in vain; absent if it got an answer. */
  readonly timeoutMs?: number;
  /** What the engine's own counters showed while the probe waited until its time limit; absent if it got an answer. */
  readonly meanwhile?: EngineWork;
};

/** Probes in a row that a starting engine left without an answer; epoch ms. */
export type StartTimeouts = {
  readonly count: number;
  /** When the first of them was sent. */
  readonly sinceMs: number;
  /** The time limit of the newest. */
  readonly timeoutMs: number;
};

/** A single failed probe of a serving engine may be chance; two in a row are not. */
const PROBE_FAILURES_UNTIL_DEGRADED = 2;
/** An engine that opened its port a moment ago may refuse the first requests; one that gives this many unusable answers has started. */
const WRONG_ANSWERS_UNTIL_DEGRADED = 30;
/** One odd answer is chance; the request is the same each time. */
const BROKEN_OUTPUTS_UNTIL_REPORTED = 2;

/** The engine generated valid text. */
export function onProbeSucceeded(step: Step, atMs: number): Step {
  const answered = patchInternal(step, {
    isProbing: false,
    consecutiveProbeFailures: 0,
    consecutiveWrongAnswers: 0,
    consecutiveBrokenOutputs: 0,
    brokenOutput: null,
    isTextUnchecked: false,
  });
  const {state, readyAtMs} = step.state;
  if (state === 'starting' || (state === 'degraded' && readyAtMs === null)) return becomeReady(answered, atMs);
  if (state !== 'ready' && state !== 'degraded') return answered;
  const recovered = state === 'degraded' ? recover(answered) : answered;
  return isTextGood(step) ? recovered : onOutputValid(recovered, atMs);
}

/** Whether no text of this run is known to be broken, and one was checked: only then its settings count as good. */
function isTextGood({state: {internal}}: Step): boolean {
  return internal.brokenOutput === null && !internal.isTextUnchecked;
}

/** The text was broken or unchecked, and is valid now: the settings are good. */
function onOutputValid(step: Step, atMs: number): Step {
  const {run, settings} = step.state;
  const valid = patch(step, {diagnosis: null, lastGoodSettings: settings});
  return run === null ? valid : recordReady(valid, run, atMs);
}

/** The first generated answer of a run. */
function becomeReady(step: Step, atMs: number): Step {
  const {run, settings, lastGoodSettings} = step.state;
  if (run === null) return step;
  const ready = patch(clearTimers(step, ['probe', 'hang']), {
    state: 'ready',
    phase: null,
    progressRatio: absent('the engine has started'),
    readyAtMs: atMs,
    diagnosis: null,
    lastGoodSettings: isTextGood(step) ? settings : lastGoodSettings,
  });
  // What the log called a failure before did not keep it from starting: it explains no later exit.
  return recordReady(patchInternal(watchStability(ready), {logFailure: null}), run, atMs);
}

/** The first generated tokens of a run were for others. The probe is repeated until its turn, to check the text. */
function becomeReadyUnchecked(step: Step, atMs: number): Step {
  const ready = becomeReady(patchInternal(step, {consecutiveProbeFailures: 0, isTextUnchecked: true}), atMs);
  return setTimer(ready, 'probe', step.state.internal.policy.degradedProbeIntervalMs);
}

function recordReady(step: Step, {runId}: RunIdentity, atMs: number): Step {
  const {brokenOutput, isTextUnchecked} = step.state.internal;
  const broken = brokenOutput === null ? {} : {isOutputBroken: true as const};
  const unchecked = isTextUnchecked ? {isTextUnchecked: true as const} : {};
  return emit(step, {type: 'record', entry: {type: 'run-ready', runId, atMs, ...broken, ...unchecked}});
}

/** The engine gave no answer, one without a token, or text that nobody can use. */
export function onProbeFailed(
  step: Step,
  event: Extract<RunEvent, {type: 'probe-failed'}> & {readonly atMs: number},
): Step {
  if (event.isBrokenOutput === true) return onBrokenOutput(step, event);
  const {internal} = step.state;
  const answered = patchInternal(step, {
    isProbing: false,
    consecutiveProbeFailures: internal.consecutiveProbeFailures + 1,
    consecutiveWrongAnswers: isWrong(event) ? internal.consecutiveWrongAnswers + 1 : 0,
    consecutiveBrokenOutputs: 0,
  });
  switch (step.state.state) {
    case 'starting':
      // Others are ahead in its queue, and it answers them: it serves.
      if (event.meanwhile === 'generated') return becomeReadyUnchecked(answered, event.atMs);
      return onFailedStartProbe(withTimeout(answered, event), event.finding ?? null);
    case 'ready':
    case 'degraded':
      return event.meanwhile === undefined || event.meanwhile === 'none'
        ? onFailedServingProbe(answered, event)
        : onQueuedProbe(answered, event.meanwhile);
    default:
      return answered;
  }
}

function isWrong({finding, isOfAnotherProgram}: ProbeFailure): boolean {
  return finding !== undefined && isOfAnotherProgram !== true;
}

/** Counts the probes that got no answer; any answer, and a refused connection, ends the count. */
function withTimeout(step: Step, {timeoutMs, atMs}: Pick<ProbeFailure, 'timeoutMs'> & {readonly atMs: number}): Step {
  if (timeoutMs === undefined) return patchInternal(step, {startTimeouts: null});
  const {count, sinceMs} = step.state.internal.startTimeouts ?? {count: 0, sinceMs: atMs - timeoutMs};
  return patchInternal(step, {startTimeouts: {count: count + 1, sinceMs, timeoutMs}});
}

/** A start continues until the engine answers. An answer that needs attention is shown as long as it is given. */
function onFailedStartProbe(step: Step, finding: Finding | null): Step {
  const {policy, consecutiveWrongAnswers} = step.state.internal;
  const answered = patch(step, {diagnosis: finding});
  if (consecutiveWrongAnswers < WRONG_ANSWERS_UNTIL_DEGRADED) {
    return setTimer(answered, 'probe', policy.startProbeIntervalMs);
  }
  // The phase stays until it is ready: an exit before that is a failed start.
  const started = patch(answered, {state: 'degraded', progressRatio: absent('the engine has started')});
  return setTimer(started, 'probe', policy.degradedProbeIntervalMs);
}

/**
 * The probe waited for its turn, as any request of an engine with others: it proves nothing. Its steps do, and whoever
 * watches those reports a stall.
 */
function onQueuedProbe(step: Step, work: Exclude<EngineWork, 'none'>): Step {
  const uncounted = patchInternal(step, {consecutiveProbeFailures: 0});
  const {state, diagnosis, internal} = step.state;
  const hasStepped = work !== 'loaded';
  if (hasStepped && state === 'ready' && !internal.isTextUnchecked) return uncounted;
  if (hasStepped && isUnanswered(diagnosis)) return onResumed(uncounted);
  return setTimer(uncounted, 'probe', step.state.internal.policy.degradedProbeIntervalMs);
}

/** Degraded for missing answers, which a step refutes; a wrong answer needs a right one. */
function isUnanswered(diagnosis: Finding | null): boolean {
  return diagnosis !== null && detailsOf(diagnosis, 'lifecycle.not-generating') !== null;
}

function onFailedServingProbe(step: Step, {answer, finding}: Extract<RunEvent, {type: 'probe-failed'}>): Step {
  const {state, internal, diagnosis} = step.state;
  const again = setTimer(step, 'probe', internal.policy.degradedProbeIntervalMs);
  if (internal.consecutiveProbeFailures < PROBE_FAILURES_UNTIL_DEGRADED) return again;
  // An engine without a step cannot answer, nor can one whose server does not respond: that says more.
  const isExplained = isStalled(diagnosis) || diagnosis?.code === NOT_ANSWERING;
  if (state === 'degraded' && isExplained) return again;
  const degraded = patch(again, {state: 'degraded', diagnosis: finding ?? unansweredFinding(answer)});
  return finding === undefined && hasServed(step) ? watchHang(degraded) : degraded;
}

/** A start has no time limit, whatever its engine answers. */
function hasServed({state: {readyAtMs}}: Step): boolean {
  return readyAtMs !== null;
}

/**
 * An engine that generates text nobody can use: it serves, so it is ready, and what it generates is a finding that ends
 * with a valid answer. It is never restarted for it, and its settings do not count as good.
 */
function onBrokenOutput(
  step: Step,
  {finding, atMs}: Extract<RunEvent, {type: 'probe-failed'}> & {readonly atMs: number},
): Step {
  const {state, internal} = step.state;
  const brokenOutputs = internal.consecutiveBrokenOutputs + 1;
  const answered = patchInternal(step, {
    isProbing: false,
    consecutiveProbeFailures: 0,
    consecutiveWrongAnswers: 0,
    consecutiveBrokenOutputs: brokenOutputs,
  });
  if (state !== 'starting' && state !== 'ready' && state !== 'degraded') return answered;
  if (brokenOutputs < BROKEN_OUTPUTS_UNTIL_REPORTED && internal.brokenOutput === null) {
    return setTimer(answered, 'probe', internal.policy.startProbeIntervalMs);
  }
  const broken = patchInternal(answered, {brokenOutput: {finding: finding ?? null}});
  const isFirst = step.state.readyAtMs === null;
  const ready = isFirst ? becomeReady(broken, atMs) : clearTimers(broken, ['hang']);
  const reported = patch(ready, {state: 'ready', diagnosis: finding ?? null});
  return setTimer(reported, 'probe', internal.policy.degradedProbeIntervalMs);
}

/** A step shows that the engine works, not that its text is valid. */
export function onResumed(step: Step): Step {
  // It never gave a usable answer: only one makes it ready.
  if (step.state.readyAtMs === null) return probe(step);
  const recovered = recover(step);
  const {brokenOutput, consecutiveBrokenOutputs} = step.state.internal;
  if (brokenOutput === null) return consecutiveBrokenOutputs === 0 ? recovered : probe(recovered);
  return probe(patch(recovered, {diagnosis: brokenOutput.finding}));
}

function recover(step: Step): Step {
  const recovered = patch(clearTimers(step, ['probe', 'hang']), {state: 'ready', diagnosis: null});
  return patchInternal(recovered, {consecutiveProbeFailures: 0});
}
