import type {z} from 'zod';
import {err, ok, type Result} from '../../shared/result.ts';
import type {ApiError} from '../commands.ts';
import type {Event} from '../event-schema.ts';
import type {MeasuredMoment} from '../history-values.ts';
import {SNAPSHOT_SCHEMA_VERSION, type Snapshot, snapshotSchema} from '../snapshot.ts';
import {createPatchedDocument, type PatchedDocument} from './document-patch.ts';
import type {RecordedBytes} from './recorded-lines.ts';
import {createRecordedLog, type ReadLog} from './recorded-log.ts';
import {RECORDING_SCHEMA_VERSION} from './recording.ts';
import {
  type DamagedLines,
  type IndexedSnapshot,
  indexRecording,
  type RecordingIndex,
  readRecordingLine,
} from './recording-index.ts';

/** A snapshot of a recording, with the number of the newest log line at that moment; null if unknown. */
export type RecordedMoment = {readonly snapshot: Snapshot; readonly logEnd: number | null};

/** A recording, of which only what is asked for is read. */
export type Recording = {
  /** When each of its snapshots was taken, epoch ms, in ascending order: at least one. */
  readonly timesMs: readonly [number, ...number[]];
  /** The snapshot of the time at this position. Null if it is damaged, or not one of this version. */
  readonly momentAt: (position: number) => RecordedMoment | null;
  /** The part of the same snapshot that series are read from. */
  readonly measuredAt: (position: number) => MeasuredMoment | null;
  readonly logUntil: ReadLog;
  /** Oldest first. */
  readonly events: readonly Event[];
  /** Cut off or damaged. */
  readonly damaged: DamagedLines;
};

/**
 * Opens a recording. Damaged lines are skipped and counted. Recordings after one another are one. Errors: `replay.empty` without a
 * snapshot that can be read, `replay.other-version` if all that it has were written by a version with others; they begin with `name`.
 */
export function openRecording(bytes: RecordedBytes, name = 'The recording'): Result<Recording, ApiError> {
  const index = indexRecording(bytes);
  // In a file that two recordings were put into, the later may come first.
  const order = index.snapshots
    .map((_, at) => at)
    .toSorted((a, b) => timeOf(index.snapshots, a) - timeOf(index.snapshots, b));
  const [firstMs, ...nextMs] = order.map((at) => timeOf(index.snapshots, at));
  const decode = createDecoder(bytes, index.snapshots);
  const fault = faultOf(name, index, (at) => decode(at)?.document);
  if (fault !== null || firstMs === undefined) return err(fault ?? noSnapshot(name, index.damaged.count, 0));
  const decodeMeasured = createDecoder(bytes, index.snapshots);
  const momentAt = (position: number): RecordedMoment | null => {
    const {document, logEnd} = decode(order[position]) ?? nothing;
    const snapshot = snapshotSchema.safeParse(document);
    return snapshot.success ? {snapshot: snapshot.data, logEnd} : null;
  };
  return ok({
    timesMs: [firstMs, ...nextMs],
    momentAt,
    measuredAt: (position) => measuredMomentSchema.safeParse(decodeMeasured(order[position])?.document).data ?? null,
    logUntil: createRecordedLog(bytes, index.logs),
    events: index.events,
    damaged: index.damaged,
  });
}

function timeOf(snapshots: readonly IndexedSnapshot[], at: number): number {
  return snapshots[at]?.atMs ?? Number.NaN;
}

/** As little of a snapshot as series need: the rest takes most of the time. */
const measuredMomentSchema: z.ZodType<MeasuredMoment> = snapshotSchema.pick({
  takenAtMs: true,
  gpus: true,
  traffic: true,
  kvCache: true,
  latency: true,
  cost: true,
  sources: true,
});

type Decoded = {readonly document: unknown; readonly logEnd: number | null};

const nothing: Decoded = {document: null, logEnd: null};

/** Decodes from the whole snapshot before a position, or from the position that was decoded last. Null where there is none. */
function createDecoder(
  bytes: RecordedBytes,
  snapshots: readonly IndexedSnapshot[],
): (at: number | undefined) => Decoded | null {
  let last: {readonly at: number; readonly document: PatchedDocument; readonly logEnd: number | null} | null = null;
  return (at) => {
    const wholeAt = at === undefined ? undefined : snapshots[at]?.wholeAt;
    if (at === undefined || wholeAt === undefined) return null;
    let [from, document, logEnd]: [number, PatchedDocument | null, number | null] = [wholeAt, null, null];
    if (last !== null && last.at >= wholeAt && last.at <= at)
      [from, document, logEnd] = [last.at + 1, last.document, last.logEnd];
    last = null;
    for (let next = from; next <= at; next += 1) {
      const place = snapshots[next]?.place;
      const line = place === undefined ? null : readRecordingLine(bytes, place);
      if (line !== null && 'snapshot' in line) document = createPatchedDocument(line.snapshot);
      else if (line === null || !('patch' in line) || document?.apply(line.patch).ok !== true) return null;
      logEnd = line.logEnd ?? null;
    }
    if (document === null) return null;
    last = {at, document, logEnd};
    return {document: document.value(), logEnd};
  };
}

/** Whole snapshots that are tried before a file is called none of snapshots: the largest recording has about as many. */
const MOST_TRIED = 1_000;

/** Why nothing of a recording can be shown; null if a whole snapshot can. */
function faultOf(
  name: string,
  {snapshots, damaged, laterFormat}: RecordingIndex,
  documentAt: (at: number) => unknown,
): ApiError | null {
  let [tried, other] = [0, null as number | null];
  for (const [at, {wholeAt}] of snapshots.entries()) {
    if (wholeAt !== at) continue;
    const document = documentAt(at);
    if (snapshotSchema.safeParse(document).success) return null;
    const version = versionOf(document);
    if (version !== SNAPSHOT_SCHEMA_VERSION) other ??= version;
    tried += 1;
    if (tried === MOST_TRIED) break;
  }
  if (other !== null) return otherVersion(`${name} has snapshots of version`, other, SNAPSHOT_SCHEMA_VERSION);
  if (laterFormat !== null) return otherVersion(`${name} has lines of version`, laterFormat, RECORDING_SCHEMA_VERSION);
  return noSnapshot(name, damaged.count, tried);
}

/** Null where the document does not say it. */
function versionOf(document: unknown): number | null {
  const isVersioned = typeof document === 'object' && document !== null && 'schemaVersion' in document;
  return isVersioned && typeof document.schemaVersion === 'number' ? document.schemaVersion : null;
}

function noSnapshot(name: string, damagedLines: number, damagedSnapshots: number): ApiError {
  const found =
    damagedSnapshots > 0
      ? 'all snapshots in it are damaged'
      : damagedLines === 0
        ? 'it is empty'
        : damagedLines === 1
          ? 'its only line is not a snapshot'
          : `none of its ${damagedLines} lines is one`;
  return {
    code: 'replay.empty',
    message: `${name} has no snapshot that can be read: ${found}.`,
    remedy:
      'Use a file of gantry status --record, an archive of gantry report with an incident, or the directory of an incident.',
  };
}

function otherVersion(found: string, version: number, own: number): ApiError {
  return {
    code: 'replay.other-version',
    message: `${found} ${version}; this Gantry reads version ${own}.`,
    remedy: 'Replay it with the version of Gantry that wrote it: supervisor.version in its first line.',
  };
}
