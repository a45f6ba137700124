/** Functions that are called when something happens. */
export type Listeners<T extends readonly unknown[]> = {
  /** Returns the function that unsubscribes. */
  readonly subscribe: (listener: (...values: T) => void) => () => void;
  /** Calls every listener. */
  readonly notify: (...values: T) => void;
  readonly count: () => number;
};

/** No listeners yet. */
export function createListeners<T extends readonly unknown[]>(): Listeners<T> {
  const listeners = new Set<(...values: T) => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    notify(...values) {
      for (const listener of listeners) listener(...values);
    },
    count: () => listeners.size,
  };
}
