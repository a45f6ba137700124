import type {LogLines} from '../../api/log-lines.ts';
import {createSnapshotEncoder} from '../../api/recording/snapshot-encoder.ts';
import type {Snapshot} from '../../api/snapshot.ts';

/** Each has the snapshots of a minute: five that are complete, and the one that is being filled. */
const PARTS_KEPT = 6;

/** The snapshots of the last five to six minutes, as lines of a recording: a tenth of the memory that they take as objects. */
export type RecentSnapshots = {
  readonly add: (snapshot: Snapshot) => void;
  /** Oldest first; the first one is a whole snapshot. */
  readonly lines: () => readonly string[];
  /** Resolves with the next snapshot, and at the end. */
  readonly next: () => Promise<void>;
  readonly close: () => void;
};

/** None yet. Each has the number of the newest log line at its time. */
export function createRecentSnapshots(
  subscribeLog: (listener: (lines: LogLines) => void) => () => void,
): RecentSnapshots {
  const encoder = createSnapshotEncoder();
  let parts: string[][] = [];
  let log: {readonly runId: string | null; readonly end: number} = {runId: null, end: 0};
  let waiting: (() => void)[] = [];
  let isClosed = false;
  const endLog = subscribeLog(({runId, lines}) => {
    log = {runId, end: lines.at(-1)?.number ?? (runId === log.runId ? log.end : 0)};
  });
  const endWaiting = (): void => {
    const ended = waiting;
    waiting = [];
    for (const end of ended) end();
  };
  return {
    add(snapshot) {
      const logEnd = snapshot.engine.runId === log.runId ? log.end : 0;
      const {line, isKeyframe} = encoder.encode(snapshot, logEnd);
      if (isKeyframe) parts = [...parts, []].slice(-PARTS_KEPT);
      parts.at(-1)?.push(JSON.stringify(line));
      endWaiting();
    },
    lines: () => parts.flat(),
    next: () => (isClosed ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close() {
      isClosed = true;
      endLog();
      endWaiting();
    },
  };
}
