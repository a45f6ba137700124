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

/** An observer whose observations all of these see, in this order. */
export function observedBy({get}: Observer, seers: readonly {readonly observe: Observe}[]): Observer {
  return {
    get,
    observe: (observation) => {
      for (const each of seers) each.observe(observation);
    },
  };
}
