import type {LogLine} from '../../samples/log-line.ts';

export type FollowLogOptions = {
  readonly path: string;
  /** Where to begin: 0, or the offset of a line seen before. */
  readonly fromOffsetBytes: number;
  /** New lines in order, at least one a call. Not called any more once the signal is aborted. */
  readonly onLines: (lines: readonly LogLine[]) => void;
  readonly signal: AbortSignal;
  readonly pollMs?: number;
};

/** Follows a log file until the signal is aborted: waits for it to exist, survives truncation and rotation. */
export declare function followLog(options: FollowLogOptions): void;
