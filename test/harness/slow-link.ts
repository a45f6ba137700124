const TICK_MS = 20;

/**
 * The line between a program and its terminal: it carries a limited number of bytes per second and holds all others meanwhile,
 * however many, as the buffers of a network do. What the terminal answers is not held.
 */
export type SlowLink = {
  /** Where what the program writes goes. */
  readonly connect: (deliver: (bytes: Buffer) => void) => (written: string) => void;
  readonly setRate: (bytesPerSecond: number) => void;
  /** Bytes that were written and have not arrived. */
  readonly waitingBytes: () => number;
  readonly arrivedBytes: () => number;
};

/** A link with this rate at first; `Number.POSITIVE_INFINITY` holds nothing, 0 everything. */
export function createSlowLink(bytesPerSecond: number): SlowLink {
  let rate = bytesPerSecond;
  let waiting: Buffer = Buffer.alloc(0);
  let arrived = 0;
  let carriedUntilMs = performance.now();
  /** What it could carry since the last bytes, less than one of them included. */
  let credit = 0;

  function carry(deliver: (bytes: Buffer) => void): void {
    const nowMs = performance.now();
    // A link that carried nothing cannot carry it later.
    credit = waiting.length === 0 ? 0 : credit + (rate * (nowMs - carriedUntilMs)) / 1_000;
    carriedUntilMs = nowMs;
    const bytes = waiting.subarray(0, Math.floor(Math.min(credit, waiting.length)));
    if (bytes.length === 0) return;
    credit = rate === Number.POSITIVE_INFINITY ? 0 : credit - bytes.length;
    waiting = waiting.subarray(bytes.length);
    arrived += bytes.length;
    deliver(bytes);
  }

  return {
    connect(deliver) {
      setInterval(() => carry(deliver), TICK_MS).unref();
      return (written) => {
        carry(deliver);
        waiting = Buffer.concat([waiting, Buffer.from(written)]);
      };
    },
    setRate(next) {
      rate = next;
    },
    waitingBytes: () => waiting.length,
    arrivedBytes: () => arrived,
  };
}
