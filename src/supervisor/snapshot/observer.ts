import {type Clock, stampOf} from '../loop/clock.ts';
import {nothingObserved, type Observe, withObservation} from './observation.ts';
import type {Observations} from './observations.ts';

/** Keeps the newest of everything that was observed. */
export type Observer = {readonly get: () => Observations; readonly observe: Observe};

/** An empty observer. */
export function createObserver(clock: Clock): Observer {
  let seen = nothingObserved;
  return {
    get: () => seen,
    observe: (observation) => {
      seen = withObservation(seen, observation, stampOf(clock));
    },
  };
}
