/** When something was observed. */
export type Stamp = {
  /** Wall clock, milliseconds since the Unix epoch: for display. */
  readonly sampledAtMs: number;
  /** Monotonic clock of the observing process, milliseconds: for ages and differences. */
  readonly monotonicMs: number;
};
