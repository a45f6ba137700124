/** The newest items of a sequence, up to a fixed number; pushing to a full one drops the oldest. */
export type RingBuffer<T> = {
  readonly push: (item: T) => void;
  /** Items kept, oldest first, as a new array. */
  readonly toArray: () => T[];
  readonly clear: () => void;
  /** How many items are kept now. */
  readonly size: number;
  /** How many items were dropped since the last clear. */
  readonly droppedCount: number;
};

/** An empty ring buffer for `capacity` items. Throws a RangeError when capacity is not a positive integer. */
export function createRingBuffer<T>(capacity: number): RingBuffer<T> {
  if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`Ring buffer of ${capacity} items`);
  let items: T[] = [];
  let oldest = 0;
  let droppedCount = 0;
  return {
    push(item) {
      if (items.length < capacity) {
        items.push(item);
        return;
      }
      items[oldest] = item;
      oldest = (oldest + 1) % capacity;
      droppedCount += 1;
    },
    toArray: () => [...items.slice(oldest), ...items.slice(0, oldest)],
    clear() {
      items = [];
      oldest = 0;
      droppedCount = 0;
    },
    get size() {
      return items.length;
    },
    get droppedCount() {
      return droppedCount;
    },
  };
}
