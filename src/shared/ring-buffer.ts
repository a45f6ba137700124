/** The newest `capacity` items; adding to a full one drops the oldest. */
export type RingBuffer<T> = {
  readonly push: (item: T) => void;
  /** Oldest first. */
  readonly toArray: () => readonly T[];
  readonly clear: () => void;
  readonly size: () => number;
};

/** An empty ring buffer. `capacity` is a whole number above 0. */
export function createRingBuffer<T>(capacity: number): RingBuffer<T> {
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw new RangeError(`A ring buffer holds at least one item, not ${capacity}.`);
  }
  let items: T[] = [];
  let next = 0;
  return {
    push(item) {
      if (items.length < capacity) items.push(item);
      else items[next] = item;
      next = (next + 1) % capacity;
    },
    toArray: () => (items.length < capacity ? [...items] : [...items.slice(next), ...items.slice(0, next)]),
    clear() {
      items = [];
      next = 0;
    },
    size: () => items.length,
  };
}
