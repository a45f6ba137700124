import {z} from 'zod';
import {keptConditionsSchema} from '../domain/diagnosis/serving/kept-conditions.ts';
import {keptStateSchema} from '../domain/lifecycle/phases.ts';
import {keptCountersSchema} from '../domain/traffic/own-requests/kept-counters.ts';
import {BYTES_PER_KIB} from '../shared/units.ts';
import {SlotFile} from '../sources/slots/slot-file.ts';

/** What changes every second and is needed by the next supervisor of a run, however the earlier one ended. */
const runNotesSchema = z.object({
  runId: z.string(),
  /** Since when something lasts, as it was when the engine last served; null before. */
  conditions: keptConditionsSchema.nullable(),
  /** What of the engine's counters is Gantry's own. */
  ownCounters: keptCountersSchema,
  /** The state of the engine; left out by older versions. */
  state: keptStateSchema.nullable().optional(),
});
export type RunNotes = Readonly<z.infer<typeof runNotesSchema>>;

const SLOT_BYTES = 16 * BYTES_PER_KIB;

/** Until notes had the form of other slots. */
const earlierSchema = z
  .object({sequence: z.int().nonnegative(), notes: runNotesSchema})
  .transform(({sequence, notes}) => ({sequence, value: notes}));

/**
 * The notes of the present run. Overwriting the same few pages every few seconds costs the disk one write of them per writeback,
 * where a row in the database would cost a journal of whole pages each time. The notes outlive the process, not the host: a
 * run that they are about does not outlive it either.
 */
export function runNotesFile(path: string): SlotFile<RunNotes> {
  return new SlotFile<RunNotes>(path, runNotesSchema, {slotBytes: SLOT_BYTES, earlier: earlierSchema});
}
