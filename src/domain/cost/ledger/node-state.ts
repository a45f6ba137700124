import type {EngineState} from '../../lifecycle/phases.ts';
import type {NodeState} from './entries.ts';

/** What the node does, by what its engine is. */
export type NodeUse = {
  readonly state: EngineState;
  /** Nobody uses the engine that serves. */
  readonly isIdle: boolean;
  /** Its counters of tokens grow. */
  readonly isGrowing: boolean;
};

/** An engine that answers nobody is down, whatever it calls itself; one that only waits for requests is idle. */
export function nodeStateOf({state, isIdle, isGrowing}: NodeUse): NodeState {
  switch (state) {
    case 'ready':
    case 'draining':
      return isIdle ? 'idle' : 'serving';
    case 'degraded':
      return isGrowing ? 'serving' : 'down';
    case 'preflight':
    case 'starting':
      return 'starting';
    case 'stopping':
    case 'stopped':
    case 'failed':
    case 'backing-off':
      return 'down';
  }
}

/**
 * What the node did while nobody watched, by whether the tokens of its run grew meanwhile, null for unknown; `before` is what
 * it did when it was last seen.
 */
export function unwatchedStateOf(before: NodeState, hasGrown: boolean | null): NodeState {
  if (hasGrown === true) return 'serving';
  return hasGrown === false && before === 'serving' ? 'idle' : before;
}
