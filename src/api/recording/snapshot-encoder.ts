import type {Snapshot} from '../snapshot.ts';
import {RECORDING_SCHEMA_VERSION, type RecordingLine} from './recording.ts';
import {snapshotPatch} from './snapshot-changes.ts';

/** A part of a recording that can be read by itself has so many snapshots: a minute of them. */
export const SNAPSHOTS_PER_KEYFRAME = 60;

/** Turns snapshots into lines of a recording. */
export type SnapshotEncoder = {
  /** The line of the next snapshot: whole once a minute, as its changes otherwise. */
  readonly encode: (
    snapshot: Snapshot,
    logEnd: number | null,
  ) => {readonly line: RecordingLine; readonly isKeyframe: boolean};
};

/** An encoder whose first line is a whole snapshot. */
export function createSnapshotEncoder(): SnapshotEncoder {
  let before: Snapshot | null = null;
  let sinceKeyframe = 0;
  return {
    encode(snapshot, logEnd) {
      const earlier = sinceKeyframe === SNAPSHOTS_PER_KEYFRAME ? null : before;
      const isKeyframe = earlier === null;
      const line: RecordingLine = isKeyframe
        ? {recording: RECORDING_SCHEMA_VERSION, snapshot, logEnd}
        : {patch: snapshotPatch(earlier, snapshot), logEnd};
      before = snapshot;
      sinceKeyframe = isKeyframe ? 1 : sinceKeyframe + 1;
      return {line, isKeyframe};
    },
  };
}
