import {z} from 'zod';
import {eventSchema} from '../event-schema.ts';
import {logLinesSchema} from '../log-lines.ts';

/** Version of the lines of a recording; increased when one changes its meaning. */
export const RECORDING_SCHEMA_VERSION = 1;

/** Number of the newest log line at that moment; without it or null: unknown. */
const logEndSchema = z.number().nullable().optional();

/** A whole snapshot, unchecked: it may be of another version. */
const keyframeSchema = z.object({
  recording: z.literal(RECORDING_SCHEMA_VERSION),
  snapshot: z.record(z.string(), z.unknown()),
  logEnd: logEndSchema,
});
/** The next snapshot, as what changed since the line before. */
const patchSchema = z.object({patch: z.record(z.string(), z.unknown()), logEnd: logEndSchema});

/**
 * A line of a recording, a file of JSON lines: a snapshot, its changes a second later, and the log lines and events that belong
 * to them. What a line does not know is ignored, so that later versions can add to it.
 */
export const recordingLineSchema = z.union([
  keyframeSchema,
  patchSchema,
  z.object({log: logLinesSchema}),
  z.object({events: z.array(eventSchema)}),
]);
export type RecordingLine = z.infer<typeof recordingLineSchema>;

/** Largest recording that is read or written: hours of a node with 8 GPUs. */
export const MAX_RECORDING_BYTES = 64 * 1024 * 1024;
