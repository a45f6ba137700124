/** One line of an engine's log, stripped of control sequences, bounded in length. */
export type LogLine = {
  /** Position in this run's log, counting from 1. */
  readonly number: number;
  /** Byte offset of the line's first byte in the log file: where reading can resume. */
  readonly offsetBytes: number;
  readonly text: string;
};
