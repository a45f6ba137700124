import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Event} from '../../api/event-schema.ts';
import type {LogLines} from '../../api/log-lines.ts';
import {openRecording, type RecordedMoment} from '../../api/recording/open-recording.ts';
import type {RecordingLine} from '../../api/recording/recording.ts';
import {createSnapshotEncoder} from '../../api/recording/snapshot-encoder.ts';
import {snapshotSchema} from '../../api/snapshot.ts';
import {maskValue, type Redaction, type TextMask} from '../../sources/log/redaction.ts';
import {sampleRowOf} from './sample-row.ts';

/** Five minutes, one row per second. */
const ROWS_KEPT = 300;

/** The minutes before a failure as texts, without secrets and prompts. */
export type IncidentMinutes = {
  /** A `SampleRow` of each second, as lines of JSON. */
  readonly samples: string;
  /** What `gantry replay` shows: snapshots, log and events. */
  readonly recording: string;
};

/**
 * Makes them from lines of `RecentSnapshots`. Whole snapshots are masked, not what changed: a name decides what is a secret. One
 * that is no snapshot any more is left out. One moment at a time, and other work has its turn in between: all five minutes as
 * objects would take more memory than everything else of a supervisor.
 */
export async function incidentMinutes(
  lines: readonly string[],
  {log, events}: {readonly log: LogLines; readonly events: readonly Event[]},
  redaction: Redaction,
): Promise<IncidentMinutes> {
  const mask = rememberingMask(redaction.text);
  const encoder = createSnapshotEncoder();
  const ends: readonly RecordingLine[] = [{log}, {events: [...events]}];
  const rows: string[] = [];
  const recorded: string[] = [];
  for (const {snapshot, logEnd} of momentsIn(lines)) {
    rows.push(lineOf(redaction.value(sampleRowOf(snapshot))));
    const masked = snapshotSchema.safeParse(maskValue(snapshot, mask));
    if (masked.success) recorded.push(lineOf(encoder.encode(masked.data, logEnd).line));
    await nextTurn();
  }
  recorded.push(...ends.map((line) => lineOf(maskValue(line, mask))));
  return {samples: rows.slice(-ROWS_KEPT).join(''), recording: recorded.join('')};
}

/** Oldest first. */
function* momentsIn(lines: readonly string[]): Generator<RecordedMoment> {
  const recording = openRecording(Buffer.from(lines.join('\n')));
  if (!recording.ok) return;
  const {timesMs, momentAt} = recording.value;
  for (const position of timesMs.keys()) {
    const moment = momentAt(position);
    if (moment !== null) yield moment;
  }
}

function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
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
