import {utcText, utcTimeText} from '../../../shared/quantities/moments.ts';
import {withDetails} from '../../diagnosis/details/details.ts';
import type {Finding} from '../../diagnosis/finding.ts';
import type {LifecycleState} from '../lifecycle.ts';
import type {GivenUp, Intention} from './intention.ts';
import {type GivenUpReason, type IntentionStep, leavesRun} from './intention-facts.ts';

/** What a supervisor does or does not carry on: shown until it is reached, or until the operator acts. */
export function intentionFindings({intention, continuedStep, givenUp}: LifecycleState): Finding[] {
  return [
    ...(givenUp === null ? [] : [givenUpFinding(givenUp)]),
    ...(intention === null || continuedStep === null ? [] : [continuedFinding(intention, continuedStep)]),
  ];
}

/** An intention of an earlier supervisor that is carried on. */
export function continuedFinding(intention: Intention, step: IntentionStep): Finding {
  const {verb, cause, by, requestedAtMs} = intention;
  return {
    ...withDetails('lifecycle.intention-continued', {verb, cause, by, requestedAtMs, step}),
    severity: 'info',
    message: continuedText(intention, step),
    evidence: null,
    remedy: 'No action is needed. To stop the engine instead: gantry down.',
    settingsChange: null,
  };
}

/** One sentence: what is carried on, and what it does next. */
export function continuedText(intention: Intention, step: IntentionStep): string {
  return `Continuing the ${intentionText(intention)}, which an earlier supervisor did not finish: ${nextText(intention, step)}.`;
}

/** An intention that nobody carries on. */
export function givenUpFinding({intention, step, reason}: GivenUp): Finding {
  const {verb, cause, by, requestedAtMs, start} = intention;
  const flags =
    start === null ? [] : [...(start.force ? ['--force'] : []), ...(start.rollbackTo === null ? [] : ['--rollback'])];
  const command = [start === null ? 'gantry down' : 'gantry restart', ...flags].join(' ');
  const isRunLeft = leavesRun(reason) && (step === 'draining' || step === 'stopping');
  const present = isRunLeft ? 'The engine was left as it is.' : 'The engine stays down until you start it.';
  return {
    ...withDetails('lifecycle.intention-given-up', {verb, cause, by, requestedAtMs, step, reason, command}),
    severity: isRunLeft ? 'warning' : 'critical',
    message:
      reason.kind === 'exited-unwatched'
        ? reasonText(reason, step)
        : `Gave up the ${intentionText(intention)}: ${reasonText(reason, step)}`,
    evidence: null,
    remedy: `${present} ${reason.kind === 'exited-unwatched' ? 'Start' : 'Repeat'} it with: ${command}`,
    settingsChange: null,
  };
}

/** `restart requested by cli root@pts/0 at 03:12:07`. */
function intentionText({verb, cause, by, requestedAtMs}: Intention): string {
  const at = utcText(requestedAtMs);
  switch (cause) {
    case 'operator':
      return `${verb} requested by ${by ?? 'an API client'} at ${at}`;
    case 'crash':
      return `automatic restart after the crash at ${at}`;
    case 'hang':
      return `automatic restart of the engine that hung at ${at}`;
    case 'rollback':
      return `return to the last good settings, decided at ${at}`;
  }
}

function nextText({start, drainUntilMs, backOff}: Intention, step: IntentionStep): string {
  switch (step) {
    case 'draining':
      return `running requests may finish until ${utcTimeText(drainUntilMs ?? 0)}`;
    case 'stopping':
      return start === null ? 'the engine is stopped' : 'the engine is stopped first';
    case 'waiting':
      return `the engine is started at ${utcTimeText(backOff?.untilMs ?? 0)}`;
    case 'checking':
      return 'the start is checked again, and then the engine is started';
    case 'starting':
      return 'the engine is starting';
  }
}

const stepNames: Readonly<Record<IntentionStep, string>> = {
  draining: 'draining',
  stopping: 'stopping the engine',
  waiting: 'waiting to restart',
  checking: 'checking the start',
  starting: 'starting the engine',
};

function reasonText(reason: GivenUpReason, step: IntentionStep): string {
  switch (reason.kind) {
    case 'rebooted':
      return 'the node was rebooted before the engine was launched.';
    case 'supervisors-ended':
      return `${reason.supervisors} supervisors exited one after the other while ${stepNames[step]}.`;
    case 'too-late':
      return `no supervisor ran to carry it on since it was due at ${utcText(reason.dueAtMs)}.`;
    case 'not-allowed':
      return 'the configuration does not allow this automatic restart any more.';
    case 'exited-unwatched':
      return `The engine exited ${exitedText(reason)}, while no supervisor ran. It is not restarted automatically: nobody may expect that any more.`;
    case 'refused':
      return reason.message;
  }
}

function exitedText({exitedAtMs, seenAtMs}: Extract<GivenUpReason, {kind: 'exited-unwatched'}>): string {
  if (exitedAtMs !== null) return `at ${utcText(exitedAtMs)}`;
  return seenAtMs === null ? 'at an unknown time' : `at an unknown time after ${utcText(seenAtMs)}`;
}
