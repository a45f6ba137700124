/** One line of an engine's log, stripped of control sequences, bounded in length. */
export type LogLine = {
  /** Position in this run's log, counting from 1. */
  readonly number: number;
  /** Place of its first byte in the run's whole log, parts that are no longer kept included. */
  readonly offsetBytes: number;
  readonly text: string;
};
