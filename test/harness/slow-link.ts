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
export function createSlowLink(bytesPerSecond: number, now = (): number => performance.now()): SlowLink {
  let rate = bytesPerSecond;
  let waiting: Buffer = Buffer.alloc(0);
  let arrived = 0;
  let carriedUntilMs = now();
  /** Bytes that it can carry now. */
  let credit = 0;

  function earn(): void {
    const nowMs = now();
    credit = rate === Number.POSITIVE_INFINITY ? rate : credit + (rate * (nowMs - carriedUntilMs)) / 1_000;
    carriedUntilMs = nowMs;
  }

  function carry(deliver: (bytes: Buffer) => void): void {
    earn();
    const bytes = waiting.subarray(0, Math.floor(Math.min(credit, waiting.length)));
    waiting = waiting.subarray(bytes.length);
    // A link that carried nothing cannot carry it later: also not the rest of a long time between two turns on a busy host.
    credit = waiting.length === 0 ? 0 : credit - bytes.length;
    if (bytes.length === 0) return;
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
      earn();
      rate = next;
    },
    waitingBytes: () => waiting.length,
    arrivedBytes: () => arrived,
  };
}
