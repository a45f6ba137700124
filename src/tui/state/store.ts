import {createListeners} from '../../shared/listeners.ts';

/** A changing value with listeners. */
export type Store<T> = {
  readonly get: () => T;
  readonly set: (value: T) => void;
  readonly subscribe: (listener: () => void) => () => void;
};

/** A store that notifies its listeners of every change, but not when the value stays the same. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = createListeners<[]>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      listeners.notify();
    },
    subscribe: listeners.subscribe,
  };
}
