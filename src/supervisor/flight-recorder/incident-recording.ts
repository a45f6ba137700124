import type {Event} from '../../api/event-schema.ts';
import type {LogLines} from '../../api/log-lines.ts';
import {openRecording} from '../../api/recording/open-recording.ts';
import type {RecordingLine} from '../../api/recording/recording.ts';
import {createSnapshotEncoder} from '../../api/recording/snapshot-encoder.ts';
import {snapshotSchema} from '../../api/snapshot.ts';
import {maskValue, type Redaction, type TextMask} from '../../sources/log/redaction.ts';

/** What a recording of an incident is made of. */
export type RecordedMinutes = {
  /** Lines of `RecentSnapshots`. */
  readonly snapshots: readonly string[];
  readonly log: LogLines;
  readonly events: readonly Event[];
};

/**
 * The minutes before a failure as a recording for `gantry replay`, without secrets and prompts. Whole snapshots are masked, not
 * what changed: a name decides what is a secret. Empty if there is no snapshot yet.
 */
export function incidentRecording({snapshots, log, events}: RecordedMinutes, redaction: Redaction): string {
  const recording = openRecording(snapshots.join('\n'));
  if (!recording.ok) return '';
  const mask = rememberingMask(redaction.text);
  const encoder = createSnapshotEncoder();
  const lines: unknown[] = [];
  for (let position = 0; position < recording.value.timesMs.length; position += 1) {
    const moment = recording.value.momentAt(position);
    if (moment === null) continue;
    const masked = snapshotSchema.parse(maskValue(moment.snapshot, mask));
    lines.push(encoder.encode(masked, moment.logEnd).line);
  }
  const ends: readonly RecordingLine[] = [{log}, {events: [...events]}];
  return [...lines, ...ends.map((line) => maskValue(line, mask))].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** The same names and texts come every second. */
function rememberingMask(text: TextMask): TextMask {
  const known = new Map<string, string>();
  return (plain) => {
    const found = known.get(plain) ?? text(plain);
    known.set(plain, found);
    return found;
  };
}
