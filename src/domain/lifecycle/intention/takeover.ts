import {isAllowed} from '../automatic-restart.ts';
import type {RestartPolicy} from '../restart-policy.ts';
import type {Intention, IntentionOutcome} from './intention.ts';
import {type GivenUpReason, type IntentionStep, leavesRun} from './intention-facts.ts';
import {delayLeftMs, drainLeftMs, dueAtMs, isTooLate} from './time-left.ts';

/** What an earlier supervisor left, as recorded. */
export type LeftBehind = {
  /** The newest intention; null if none was ever recorded. */
  readonly recorded: {
    readonly intention: Intention;
    /** Null while it is open. */
    readonly outcome: IntentionOutcome | null;
    /** The node was rebooted since. */
    readonly isOtherBoot: boolean;
    /** In which steps it has been taken over already, oldest first. */
    readonly continued: readonly IntentionStep[];
  } | null;
  /** The run without a recorded end, whether its process still exists or not; null for none. */
  readonly run: {
    readonly isStopRequested: boolean;
    /** The engine's own process still exists. */
    readonly isAlive: boolean;
    readonly readyAtMs: number | null;
    /** The intention that it was started for; null if that was not recorded. */
    readonly intentionId: string | null;
  } | null;
};

/** What the next supervisor does with the newest intention, after adopting the run, if there is one. */
export type Takeover =
  | {readonly kind: 'nothing'}
  | {
      readonly kind: 'resume';
      readonly intention: Intention;
      readonly step: IntentionStep;
      /** The run was started for it, and is not the one to be stopped first. */
      readonly isRunOfIt: boolean;
    }
  | {
      readonly kind: 'give-up';
      readonly intention: Intention;
      readonly step: IntentionStep;
      readonly reason: GivenUpReason;
      /** By an earlier supervisor: the operator has not acted since. */
      readonly isRecorded: boolean;
    };

/** So many supervisors may end while they check the same start. A start that ends the next one too is not tried again. */
const MOST_ENDED = 2;

/**
 * Whether an intention is carried on. Nothing is that was due long ago: an engine that has served since is not stopped, and
 * one that is down is not started, because someone looks at it. The end of a stop whose engine is gone is never too late.
 * What the policy decided is carried on if the policy in force now allows it, also after a reboot: it restarts an engine
 * that has served, and counts its restarts. A start that an operator requested
 * is not launched after a reboot, as a start that failed is not repeated: it may be what took the node down, and whoever
 * rebooted the node may have done so to look at it first.
 */
export function takeOver(
  {recorded, run}: LeftBehind,
  {nowMs, policy}: {readonly nowMs: number; readonly policy: RestartPolicy},
): Takeover {
  if (recorded === null) return {kind: 'nothing'};
  const {intention, outcome, isOtherBoot, continued} = recorded;
  if (outcome !== null) {
    if (outcome.kind !== 'given-up') return {kind: 'nothing'};
    const {step, reason} = outcome;
    return {kind: 'give-up', intention, step, reason, isRecorded: true};
  }
  const isRunOfIt = run !== null && run.intentionId === intention.id;
  const step = stepOf(intention, {run, isRunOfIt}, nowMs);
  const giveUp = (reason: GivenUpReason): Takeover => ({kind: 'give-up', intention, step, reason, isRecorded: false});
  const isOperatorsStart = intention.start !== null && intention.cause === 'operator';
  if (isOtherBoot && isOperatorsStart && !isRunOfIt) return giveUp({kind: 'rebooted'});
  const isDone = intention.start === null && run?.isAlive !== true;
  if (!isRunOfIt && !isDone && isTooLate(intention, nowMs)) {
    return giveUp({kind: 'too-late', dueAtMs: dueAtMs(intention)});
  }
  if (!isRunOfIt && !isAllowed(intention, policy)) return giveUp({kind: 'not-allowed'});
  const ended = continued.filter((earlier) => earlier === step).length;
  if (step === 'checking' && ended >= MOST_ENDED) return giveUp({kind: 'supervisors-ended', supervisors: ended});
  return {kind: 'resume', intention, step, isRunOfIt};
}

function stepOf(
  intention: Intention,
  {run, isRunOfIt}: Pick<LeftBehind, 'run'> & {readonly isRunOfIt: boolean},
  nowMs: number,
): IntentionStep {
  const {start} = intention;
  if (run !== null && start !== null && isRunOfIt) return 'starting';
  if (run !== null) {
    const mayDrain = run.isAlive && run.readyAtMs !== null && intention.exit === null;
    return mayDrain && drainLeftMs(intention, nowMs) > 0 ? 'draining' : 'stopping';
  }
  if (start === null) return 'stopping';
  return delayLeftMs(intention, nowMs) > 0 ? 'waiting' : 'checking';
}

/** Whether a requested stop of the adopted run is continued as it was; otherwise the intention decides how. */
export function continuesStop(run: NonNullable<LeftBehind['run']>, takeover: Takeover): boolean {
  if (takeover.kind === 'resume') return takeover.isRunOfIt && run.isStopRequested;
  if (takeover.kind === 'give-up' && leavesRun(takeover.reason)) return !run.isAlive;
  // The run before a restart that is given up was to be stopped in any case.
  return run.isStopRequested || (takeover.kind === 'give-up' && !takeover.isRecorded);
}
