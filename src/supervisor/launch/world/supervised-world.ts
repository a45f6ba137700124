import {setTimeout as delay} from 'node:timers/promises';
import type {Clock} from '../../loop/clock.ts';
import type {Observer} from '../../snapshot/observer.ts';
import type {SupervisorOptions} from '../../supervisor-options.ts';
import type {PlanKnowledge} from '../plan-knowledge.ts';
import {createHostWorld, type HostWorldOptions} from './host-world.ts';
import type {JudgementWorld} from './judgement-world.ts';
import {awaitCards} from './observed-cards.ts';

/** The host for judgements in a supervisor: with its own view of the GPUs, the models and earlier starts. */
export function createSupervisedWorld(
  options: Pick<SupervisorOptions, 'world' | 'directories' | 'environment'> & Pick<HostWorldOptions, 'configured'>,
  observer: Pick<Observer, 'get'>,
  knowledge: PlanKnowledge,
  clock: Clock,
): JudgementWorld {
  const host = createHostWorld({
    ...options,
    clock,
    outcomes: () => knowledge.outcomes,
    runningVersion: (engine) => knowledge.runningVersion(engine),
  });
  // A waiting judgement does not delay the exit of the supervisor.
  const pause = (durationMs: number): Promise<void> => delay(durationMs, undefined, {ref: false});
  return {
    ...host,
    pause,
    readCards: () => awaitCards(observer.get, {...clock, pause}),
    lookUpModel: (model) => knowledge.lookUpModel(model),
  };
}
