import {err, ok, type Result} from '../../shared/result.ts';
import type {ApiError} from '../commands.ts';
import type {Event} from '../event-schema.ts';
import type {LogLines} from '../log-lines.ts';
import {SNAPSHOT_SCHEMA_VERSION, type Snapshot, snapshotSchema} from '../snapshot.ts';
import {type DocumentPatch, withPatch} from './document-patch.ts';
import {type RecordingLine, recordingLineSchema} from './recording.ts';

/** A snapshot of a recording, with the number of the newest log line at that moment; null if unknown. */
export type RecordedMoment = {readonly snapshot: Snapshot; readonly logEnd: number | null};

/** A recording in memory. */
export type Recording = {
  /** When each of its snapshots was taken, epoch ms: at least one. */
  readonly timesMs: readonly [number, ...number[]];
  /** The snapshot of the time at this position. Null if it is not one of this version. */
  readonly momentAt: (position: number) => RecordedMoment | null;
  /** The log lines of a run, oldest first. */
  readonly logOf: (runId: string | null) => LogLines['lines'];
  /** Oldest first. */
  readonly events: readonly Event[];
  /** Lines that are no lines of a recording: cut off or damaged. */
  readonly damagedLines: number;
};

/**
 * Reads the text of a recording. Damaged lines are skipped and counted. Errors: `replay.empty` without a snapshot at its beginning,
 * `replay.other-version` if it was written by a version with other snapshots.
 */
export function openRecording(text: string): Result<Recording, ApiError> {
  const read = readLines(text);
  const [first] = read.frames;
  if (first?.kind !== 'whole') return err(noSnapshot(read.damagedLines));
  const version = first.document['schemaVersion'];
  if (version !== SNAPSHOT_SCHEMA_VERSION) return err(otherVersion(version));
  const momentAt = createDecoder(read.frames);
  if (momentAt(0) === null) return err(noSnapshot(read.damagedLines + 1));
  const [firstMs, ...nextMs] = read.frames.map(({atMs}) => atMs);
  return ok({
    timesMs: [firstMs ?? first.atMs, ...nextMs],
    momentAt,
    logOf: (runId) => read.logs.get(runId) ?? [],
    events: read.events.toSorted((a, b) => a.atMs - b.atMs),
    damagedLines: read.damagedLines,
  });
}

/** With the position of the whole snapshot that it is, or that its changes begin at. */
type Frame = {readonly atMs: number; readonly logEnd: number | null; readonly wholeAt: number} & (
  | {readonly kind: 'whole'; readonly document: Readonly<Record<string, unknown>>}
  | {readonly kind: 'changes'; readonly patch: DocumentPatch}
);

type ReadLines = {
  readonly frames: readonly Frame[];
  readonly logs: ReadonlyMap<string | null, LogLines['lines']>;
  readonly events: readonly Event[];
  readonly damagedLines: number;
};

function readLines(text: string): ReadLines {
  const frames: Frame[] = [];
  const events: Event[] = [];
  const logs = new Map<string | null, LogLines['lines']>();
  let damagedLines = 0;
  // What has changed says nothing without what was there before.
  let isBroken = true;
  for (const one of text.split('\n')) {
    if (one.trim() === '') continue;
    const line = parseLine(one);
    const frame = line === null ? null : frameOf(line, frames);
    if (frame !== null && (frame.kind === 'whole' || !isBroken)) {
      isBroken = false;
      frames.push(frame);
    } else if (line !== null && 'events' in line) for (const event of line.events) events.push(event);
    else if (line !== null && 'log' in line) addLog(logs, line.log);
    else {
      damagedLines += 1;
      isBroken = true;
    }
  }
  return {frames, logs, events, damagedLines};
}

/** The frame of a line after those before it; null for a line without a snapshot, or without its time. */
function frameOf(line: RecordingLine, before: readonly Frame[]): Frame | null {
  if (!('snapshot' in line) && !('patch' in line)) return null;
  const atMs = 'snapshot' in line ? line.snapshot['takenAtMs'] : line.patch['/takenAtMs'];
  if (typeof atMs !== 'number') return null;
  const shared = {atMs, logEnd: line.logEnd ?? null};
  return 'snapshot' in line
    ? {...shared, kind: 'whole', wholeAt: before.length, document: line.snapshot}
    : {...shared, kind: 'changes', wholeAt: before.at(-1)?.wholeAt ?? 0, patch: line.patch};
}

function addLog(logs: Map<string | null, LogLines['lines']>, {runId, lines}: LogLines): void {
  const known = logs.get(runId) ?? [];
  logs.set(runId, known);
  for (const line of lines) known.push(line);
}

function parseLine(text: string): RecordingLine | null {
  try {
    const parsed = recordingLineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Decodes from the whole snapshot before a position, or from the position that was decoded last. */
function createDecoder(frames: readonly Frame[]): Recording['momentAt'] {
  let last: {readonly position: number; readonly document: unknown} | null = null;
  return (position) => {
    const wholeAt = frames[position]?.wholeAt;
    if (wholeAt === undefined) return null;
    let document: unknown = null;
    let from = wholeAt;
    if (last !== null && last.position >= wholeAt && last.position <= position) {
      document = last.document;
      from = last.position + 1;
    }
    for (let index = from; index <= position; index += 1) {
      const frame = frames[index];
      if (frame === undefined) return null;
      if (frame.kind === 'whole') document = frame.document;
      else {
        const changed = withPatch(document, frame.patch);
        if (!changed.ok) return null;
        document = changed.value;
      }
    }
    last = {position, document};
    const snapshot = snapshotSchema.safeParse(document);
    return snapshot.success ? {snapshot: snapshot.data, logEnd: frames[position]?.logEnd ?? null} : null;
  };
}

function noSnapshot(damagedLines: number): ApiError {
  const found = damagedLines === 0 ? 'it is empty' : `none of its ${damagedLines} lines is one`;
  return {
    code: 'replay.empty',
    message: `The recording has no snapshot: ${found}.`,
    remedy:
      'Use a file of gantry status --record, an archive of gantry report with an incident, or the directory of an incident.',
  };
}

function otherVersion(version: unknown): ApiError {
  return {
    code: 'replay.other-version',
    message: `The recording has snapshots of version ${JSON.stringify(version) ?? 'none'}; this Gantry reads version ${SNAPSHOT_SCHEMA_VERSION}.`,
    remedy: 'Replay it with the version of Gantry that wrote it: supervisor.version in its first line.',
  };
}
