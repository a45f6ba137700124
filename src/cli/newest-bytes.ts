const LINE_FEED = 0x0a;

/** The newest bytes of a stream, up to a fixed number, in memory of that size. */
export type NewestBytes = {
  readonly push: (chunk: Uint8Array) => void;
  /** Bytes pushed so far. */
  readonly size: () => number;
  /**
   * The newest `most` lines that are whole, as one or two parts, and how many bytes before them were dropped. The first line is cut
   * if anything was dropped, or if `startsWithin` a line.
   */
  readonly lines: (
    most: number,
    startsWithin: boolean,
  ) => {readonly parts: readonly Uint8Array[]; readonly droppedBytes: number};
};

export function createNewestBytes(capacity: number): NewestBytes {
  const kept = Buffer.allocUnsafe(capacity);
  let size = 0;

  /** Position after the next line feed from here on; `from` itself if there is none. Positions count from the first byte pushed. */
  function afterLineFeed(from: number): number {
    for (let at = from; at < size; at += 1) if (kept[at % capacity] === LINE_FEED) return at + 1;
    return from;
  }

  /** Where the newest lines start; `oldest` if there are no more than these. */
  function startOfLines(most: number, oldest: number): number {
    let left = most;
    for (let at = size - 2; at >= oldest; at -= 1) {
      if (kept[at % capacity] !== LINE_FEED) continue;
      left -= 1;
      if (left === 0) return at + 1;
    }
    return oldest;
  }

  return {
    push(chunk) {
      const part = chunk.subarray(Math.max(0, chunk.byteLength - capacity));
      size += chunk.byteLength - part.byteLength;
      const at = size % capacity;
      const beforeEnd = part.subarray(0, capacity - at);
      kept.set(beforeEnd, at);
      kept.set(part.subarray(beforeEnd.byteLength), 0);
      size += part.byteLength;
    },
    size: () => size,
    lines(most, startsWithin) {
      const oldest = Math.max(0, size - capacity);
      const whole = oldest > 0 || startsWithin ? afterLineFeed(oldest) : oldest;
      const start = startOfLines(most, whole);
      const [from, to] = [start % capacity, size % capacity];
      const parts =
        start === size ? [] : from < to ? [kept.subarray(from, to)] : [kept.subarray(from), kept.subarray(0, to)];
      return {parts, droppedBytes: start};
    },
  };
}
