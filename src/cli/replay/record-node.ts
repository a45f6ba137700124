import type {ApiError} from '../../api/commands.ts';
import type {RecordingLine} from '../../api/recording/recording.ts';
import {createSnapshotEncoder} from '../../api/recording/snapshot-encoder.ts';
import type {ApiClient} from '../../client/api-client.ts';
import {pause, processTimers} from '../../client/session-timers.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import type {TextMask} from '../../sources/log/redaction.ts';
import type {RecordingFile} from './recording-file.ts';

/** What was recorded, and why it ended: on request, after its time, or because the file has its largest size. */
export type Recorded = {
  readonly snapshots: number;
  readonly bytes: number;
  readonly end: 'requested' | 'time' | 'full';
};

export type RecordOptions = {
  readonly client: Pick<ApiClient, 'snapshots' | 'logLines' | 'events'>;
  /** Closed at the end. */
  readonly file: RecordingFile;
  /** How long, ms; null: until the signal. */
  readonly forMs: number | null;
  readonly signal: AbortSignal;
  /** Removes prompts and secrets from log lines. */
  readonly mask: TextMask;
};

const noSnapshot: ApiError = {
  code: 'record.empty',
  message: 'Nothing was recorded: no snapshot arrived before the end.',
  remedy: 'Record for longer: the supervisor makes a snapshot each second.',
};

const EARLIER_LOG_LINES = 500;
const EARLIER_EVENTS = 100;

/**
 * Writes every snapshot, log line and event to a file, also those of the supervisors that follow this one. Errors:
 * `record.not-written` if the file can no longer be written, `record.empty` if no snapshot arrived. Without a snapshot no file is left.
 */
export async function recordNode(options: RecordOptions): Promise<Result<Recorded, ApiError>> {
  const {client, file, forMs, mask} = options;
  const ended = new AbortController();
  const time = forMs === null ? [] : [AbortSignal.timeout(forMs)];
  const signal = AbortSignal.any([options.signal, ended.signal, ...time]);
  const encoder = createSnapshotEncoder();
  let snapshots = 0;
  let log: {readonly runId: string | null; readonly end: number} = {runId: null, end: 0};
  const write = (line: RecordingLine): boolean => {
    if (signal.aborted) return false;
    const isWritten = file.write(line);
    if (!isWritten) ended.abort();
    return isWritten;
  };
  await Promise.all([
    again(signal, async () => {
      for await (const snapshot of client.snapshots(signal)) {
        const logEnd = snapshot.engine.runId === log.runId ? log.end : 0;
        if (write(encoder.encode(snapshot, logEnd).line)) snapshots += 1;
      }
    }),
    again(signal, async () => {
      for await (const {runId, lines} of client.logLines(signal, EARLIER_LOG_LINES)) {
        // A connection that was lost begins again with lines that are recorded.
        const fresh = runId === log.runId ? lines.filter(({number}) => number > log.end) : lines;
        log = {runId, end: fresh.at(-1)?.number ?? (runId === log.runId ? log.end : 0)};
        if (fresh.length === 0) continue;
        write({log: {runId, lines: fresh.map(({number, text}) => ({number, text: mask(text)}))}});
      }
    }),
    recordEvents(client, signal, write),
  ]);
  file.close(snapshots > 0);
  const failure = file.failure();
  if (failure !== null) {
    const left = snapshots > 0 ? 'What was written before can be replayed.' : 'Nothing was recorded.';
    return err({...failure, remedy: `${failure.remedy} ${left}`});
  }
  if (snapshots === 0) return err(noSnapshot);
  const isTime = time.some(({aborted}) => aborted) && !options.signal.aborted;
  return ok({snapshots, bytes: file.bytes(), end: file.isFull() ? 'full' : isTime ? 'time' : 'requested'});
}

async function recordEvents(
  client: RecordOptions['client'],
  signal: AbortSignal,
  write: (line: RecordingLine) => boolean,
): Promise<void> {
  let newest = 0;
  await again(signal, async () => {
    for await (const {events} of client.events(signal, {sinceMs: 0, limit: EARLIER_EVENTS})) {
      const fresh = events.filter(({id}) => id > newest);
      newest = Math.max(newest, ...fresh.map(({id}) => id));
      if (fresh.length > 0) write({events: fresh});
    }
  });
}

/** Follows a stream, and the one after it, until the signal. */
async function again(signal: AbortSignal, follow: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await follow();
    await pause(processTimers, MS_PER_SECOND, signal);
  }
}
