/** The result of one event. */
export type Step<State, Effect, Refusal> = {
  readonly state: State;
  readonly effects: readonly Effect[];
  readonly message?: string;
  readonly refusal?: Refusal;
};

/** The immediate answer to the poster of an event. */
export type Reply<Refusal> = {readonly message: string | null; readonly refusal: Refusal | null};

/** The single writer of a state: events are handled one at a time, in order of arrival. */
export type Mailbox<State, Event, Refusal> = {
  /** Handles the event and any posted by its effects; returns the answer to this event. */
  readonly post: (event: Event) => Reply<Refusal>;
  readonly getState: () => State;
};

/**
 * Runs a pure transition function as a state machine. Effects are passed to `perform` after the state has changed;
 * events that `perform` posts synchronously are queued, so that no transition sees a partial one.
 */
export function createMailbox<
  State,
  Event,
  Effect,
  Refusal,
  S extends Step<State, Effect, Refusal> = Step<State, Effect, Refusal>,
>(machine: {
  readonly initial: State;
  readonly transition: (state: State, event: Event) => S;
  readonly perform: (effect: Effect, state: State) => void;
  readonly onChange: (state: State, before: State) => void;
  /** Called before anything of a step takes place; a refusal leaves everything as it is. */
  readonly writeAhead?: (step: S, event: Event) => Refusal | null;
}): Mailbox<State, Event, Refusal> {
  let state = machine.initial;
  let isWorking = false;
  const queue: Event[] = [];

  function work(event: Event): Reply<Refusal> {
    const before = state;
    const step = machine.transition(state, event);
    const unwritten = machine.writeAhead?.(step, event) ?? null;
    if (unwritten !== null) return {message: null, refusal: unwritten};
    state = step.state;
    if (state !== before) machine.onChange(state, before);
    for (const effect of step.effects) machine.perform(effect, state);
    return {message: step.message ?? null, refusal: step.refusal ?? null};
  }

  return {
    getState: () => state,
    post(event) {
      if (isWorking) {
        queue.push(event);
        return {message: null, refusal: null};
      }
      isWorking = true;
      try {
        const reply = work(event);
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) work(next);
        return reply;
      } finally {
        isWorking = false;
      }
    },
  };
}
