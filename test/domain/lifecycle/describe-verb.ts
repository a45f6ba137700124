import type {LifecycleEffect, LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';

/** A request of the operator, as listed in the verb table. */
export type Verb = 'start' | 'start with other settings' | 'stop' | 'stop with a drain' | 'restart';

export const verbs: readonly Verb[] = ['start', 'start with other settings', 'stop', 'stop with a drain', 'restart'];

/** What a verb does immediately in a state. */
export type VerbOutcome = {
  readonly isAccepted: boolean;
  /** The state right after the verb; later states depend on outside events. */
  readonly nextState: LifecycleState['state'];
  /** Effects that the supervisor performs, without timers and records. */
  readonly actions: readonly LifecycleEffect['type'][];
  /** The message to the operator. */
  readonly message: string;
};

/** What this verb does in this state, as decided by `transition`. */
export function describeVerb(state: LifecycleState, verb: Verb, settings: LaunchSettings): VerbOutcome {
  const {effects, state: next, message, refusal} = transition(state, eventOf(verb, settings));
  return {
    isAccepted: refusal === undefined,
    nextState: next.state,
    actions: effects.map((effect) => effect.type).filter((type) => !bookkeeping.has(type)),
    message: refusal?.message ?? message ?? '',
  };
}

const bookkeeping: ReadonlySet<LifecycleEffect['type']> = new Set(['record', 'set-timer', 'clear-timer']);

function eventOf(verb: Verb, settings: LaunchSettings): Parameters<typeof transition>[1] {
  const other = {...settings, contextLengthTokens: settings.contextLengthTokens * 2};
  const atMs = 0;
  switch (verb) {
    case 'start':
      return {type: 'start-requested', settings, force: false, atMs};
    case 'start with other settings':
      return {type: 'start-requested', settings: other, force: false, atMs};
    case 'stop':
      return {type: 'stop-requested', drainMs: 0, atMs};
    case 'stop with a drain':
      return {type: 'stop-requested', drainMs: 60_000, atMs};
    case 'restart':
      return {type: 'restart-requested', settings: other, drainMs: 0, force: false, atMs};
  }
}
