import {withDetails} from '../../domain/diagnosis/details/details.ts';
import {type Finding, findingOf} from '../../domain/diagnosis/finding.ts';
import type {LifecycleEffect, LifecycleEvent} from '../../domain/lifecycle/lifecycle.ts';
import {errorStack} from '../../shared/error-code.ts';
import {utcTimeText} from '../../shared/quantities/moments.ts';
import {LaunchFault} from '../launch/launch-fault.ts';
import type {Observation} from '../snapshot/observation.ts';
import type {Clock, WithoutTime} from './clock.ts';

type Parts = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly observe: (observation: Observation) => void;
  /** Answers an effect, as if its result had come. */
  readonly post: (event: WithoutTime<LifecycleEvent>) => void;
  /** For the log of the supervisor, with the place in the code. */
  readonly print?: (text: string) => void;
};

/** What is to be done with the result of an effect, once it is there; null for nothing. */
export type LateResult = Promise<(() => void) | null>;

const actions: Readonly<Record<LifecycleEffect['type'], string>> = {
  'run-preflight': 'checking the start',
  'spawn-engine': 'launching the engine',
  'probe-readiness': 'asking the engine for a token',
  'wait-for-drain': 'watching the drain',
  'terminate-leader': 'stopping the engine',
  'kill-session': 'killing the processes of the engine',
  'verify-stopped': 'watching the end of the engine',
  record: 'writing the journal',
  'set-timer': 'setting a timer',
  'clear-timer': 'clearing a timer',
};

/**
 * Performs effects so that an exception in one ends neither the supervisor nor the effects after it. It is a finding with
 * the effect and the error, until the same effect succeeds. What the lifecycle waits for is answered: a check and a launch
 * fail with it, and a probe gets no token; an engine that was started nonetheless is managed; the rest has time limits of the lifecycle. Only the effects: an exception in what
 * follows from a result leaves a state that is half changed, and ends the supervisor; the next one adopts the engine.
 */
export function createEffectPerformer({clock, observe, post, print = printError}: Parts) {
  const failing = new Set<LifecycleEffect['type']>();
  const onFault = (effect: LifecycleEffect, error: unknown): void => {
    const {type} = effect;
    const finding = faultFinding(type, error);
    print(`${utcTimeText(clock.nowMs())} ${type}: ${errorStack(error)}\n`);
    const answer = error instanceof LaunchFault ? spawnedBy(error) : answerTo(effect, finding);
    if (answer?.type === 'preflight-refused' || answer?.type === 'spawn-failed') {
      post(answer);
      return;
    }
    failing.add(type);
    observe({type: 'own-finding', finding, topic: topicOf(type)});
    if (answer !== null) post(answer);
  };
  const onDone = ({type}: LifecycleEffect): void => {
    if (failing.delete(type)) observe({type: 'own-finding-resolved', topic: topicOf(type)});
  };
  return (effect: LifecycleEffect, perform: () => LateResult | null): void => {
    try {
      const later = perform();
      if (later === null) {
        onDone(effect);
        return;
      }
      void later.then(
        (act) => {
          onDone(effect);
          act?.();
        },
        (error: unknown) => onFault(effect, error),
      );
    } catch (error) {
      onFault(effect, error);
    }
  };
}

function spawnedBy({run, version}: LaunchFault): WithoutTime<LifecycleEvent> {
  return {type: 'engine-spawned', run, version};
}

function answerTo(effect: LifecycleEffect, finding: Finding): WithoutTime<LifecycleEvent> | null {
  switch (effect.type) {
    case 'run-preflight':
      return {type: 'preflight-refused', attempt: effect.attempt, finding};
    case 'spawn-engine':
      return {type: 'spawn-failed', finding};
    case 'probe-readiness':
      return {type: 'probe-failed', runId: effect.runId, answer: finding.message};
    default:
      return null;
  }
}

function faultFinding(effect: LifecycleEffect['type'], thrown: unknown): Finding {
  const error = thrown instanceof Error ? thrown.message : String(thrown);
  return findingOf(
    {
      ...withDetails('supervisor.effect-failed', {effect, error}),
      message: `An unexpected error while ${actions[effect]}: ${error}.`,
      remedy:
        'If the error names a file or a system limit, fix that and repeat the command. Otherwise this is a bug in Gantry: run gantry report and send the archive.',
    },
    'critical',
  );
}

function topicOf(type: LifecycleEffect['type']): string {
  return `supervisor.effect-failed-${type}`;
}

function printError(text: string): void {
  process.stderr.write(text);
}
