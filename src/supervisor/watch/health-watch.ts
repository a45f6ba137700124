import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {Observe} from '../snapshot/observation.ts';
import {every} from './every.ts';

/** A health path is asked this long after its last answer. */
export const HEALTH_INTERVAL_MS = 5_000;
/** How soon after a change of state it is asked again. */
const CHECK_INTERVAL_MS = 500;

export type HealthWatchOptions = {
  readonly clock: {readonly monotonicMs: () => number};
  readonly state: () => Pick<LifecycleState, 'state'>;
  /** Asks the health path, with a time limit of its own. */
  readonly ask: () => Promise<string>;
  readonly observe: Observe;
};

/**
 * Asks an engine's health path regularly, and soon after each change of its state: the answer given in another state
 * says nothing about this one. Returns a stop function.
 */
export function watchHealth({clock, state, ask, observe}: HealthWatchOptions): () => void {
  let isStopped = false;
  let last: {readonly state: LifecycleState['state']; readonly atMs: number} | null = null;
  const stop = every(CHECK_INTERVAL_MS, async () => {
    const {state: asked} = state();
    if (last !== null && last.state === asked && clock.monotonicMs() - last.atMs < HEALTH_INTERVAL_MS) return;
    const answer = await ask();
    last = {state: asked, atMs: clock.monotonicMs()};
    if (!isStopped) observe({type: 'health', answer, state: asked});
  });
  return () => {
    isStopped = true;
    stop();
  };
}
