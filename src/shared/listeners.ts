/** Those who want to know of something. */
export type Listeners<T extends readonly unknown[]> = {
  /** Returns the end of the subscription. */
  readonly subscribe: (listener: (...told: T) => void) => () => void;
  readonly tell: (...told: T) => void;
  readonly count: () => number;
};

/** No listeners yet. */
export function createListeners<T extends readonly unknown[]>(): Listeners<T> {
  const listeners = new Set<(...told: T) => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    tell(...told) {
      for (const listener of listeners) listener(...told);
    },
    count: () => listeners.size,
  };
}
