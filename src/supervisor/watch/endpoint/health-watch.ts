import type {LifecycleState} from '../../../domain/lifecycle/lifecycle.ts';
import type {HealthAnswer} from '../../../sources/probe/probe-health.ts';
import type {Observe} from '../../snapshot/observation.ts';
import {every} from '../every.ts';

/** A health path is asked this long after its last answer. */
export const HEALTH_INTERVAL_MS = 5_000;
/** How soon after a change of state it is asked again. */
const CHECK_INTERVAL_MS = 500;
/** The same while nothing else of the engine answers. */
const DOUBT_INTERVAL_MS = 1_000;

export type HealthWatchOptions = {
  readonly clock: {readonly monotonicMs: () => number};
  readonly state: () => Pick<LifecycleState, 'state'>;
  /** Asks the health path, with a time limit of its own. */
  readonly ask: () => Promise<HealthAnswer>;
  /** Whether the engine's other paths are late: then this one decides whether the server answers. */
  readonly isInDoubt: () => boolean;
  /** Called at every response. */
  readonly onResponse: () => void;
  readonly observe: Observe;
};

/**
 * Asks an engine's health path regularly, and soon after each change of its state: the answer given in another state
 * says nothing about this one. Returns a stop function.
 */
export function watchHealth({clock, state, ask, isInDoubt, onResponse, observe}: HealthWatchOptions): () => void {
  let isStopped = false;
  let last: {readonly state: LifecycleState['state']; readonly atMs: number} | null = null;
  const stop = every(CHECK_INTERVAL_MS, async () => {
    const {state: asked} = state();
    const intervalMs = isInDoubt() ? DOUBT_INTERVAL_MS : HEALTH_INTERVAL_MS;
    if (last !== null && last.state === asked && clock.monotonicMs() - last.atMs < intervalMs) return;
    const {text, isResponse} = await ask();
    last = {state: asked, atMs: clock.monotonicMs()};
    if (isStopped) return;
    observe({type: 'health', answer: text, isResponse, state: asked});
    if (isResponse) onResponse();
  });
  return () => {
    isStopped = true;
    stop();
  };
}
