import type {Event} from '../../api/event-schema.ts';
import type {LogLines} from '../../api/log-lines.ts';
import {openRecording, type RecordedMoment} from '../../api/recording/open-recording.ts';
import type {RecordingLine} from '../../api/recording/recording.ts';
import {createSnapshotEncoder} from '../../api/recording/snapshot-encoder.ts';
import {snapshotSchema} from '../../api/snapshot.ts';
import {maskValue, type Redaction, type TextMask} from '../../sources/log/redaction.ts';

/** The snapshots of the minutes before a failure, oldest first, from lines of `RecentSnapshots`. */
export function momentsIn(lines: readonly string[]): readonly RecordedMoment[] {
  const recording = openRecording(Buffer.from(lines.join('\n')));
  if (!recording.ok) return [];
  const {timesMs, momentAt} = recording.value;
  return timesMs.map((_, position) => momentAt(position)).filter((moment) => moment !== null);
}

/**
 * These moments with their log and events as the text of a recording for `gantry replay`, without secrets and prompts. Whole
 * snapshots are masked, not what changed: a name decides what is a secret. One that is no snapshot any more is left out.
 */
export function incidentRecording(
  moments: readonly RecordedMoment[],
  {log, events}: {readonly log: LogLines; readonly events: readonly Event[]},
  redaction: Redaction,
): string {
  const mask = rememberingMask(redaction.text);
  const encoder = createSnapshotEncoder();
  const ends: readonly RecordingLine[] = [{log}, {events: [...events]}];
  const lines: readonly unknown[] = [
    ...moments.flatMap(({snapshot, logEnd}) => {
      const masked = snapshotSchema.safeParse(maskValue(snapshot, mask));
      return masked.success ? [encoder.encode(masked.data, logEnd).line] : [];
    }),
    ...ends.map((line) => maskValue(line, mask)),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** A mask that does the same text once: names and most texts come every second. */
function rememberingMask(text: TextMask): TextMask {
  const known = new Map<string, string>();
  return (plain) => {
    const found = known.get(plain) ?? text(plain);
    known.set(plain, found);
    return found;
  };
}
