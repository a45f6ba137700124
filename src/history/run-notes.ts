import {closeSync, constants, openSync, writeSync} from 'node:fs';
import {z} from 'zod';
import {keptConditionsSchema} from '../domain/diagnosis/serving/kept-conditions.ts';
import {keptStateSchema} from '../domain/lifecycle/phases.ts';
import {keptCountersSchema} from '../domain/traffic/own-requests/kept-counters.ts';
import {BYTES_PER_KIB} from '../shared/units.ts';
import {PRIVATE_MODE, readRecordBytes} from '../sources/host/own-files.ts';

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

const slotSchema = z.object({sequence: z.int().nonnegative(), notes: runNotesSchema});

/** Room for one version: whole pages. */
const SLOT_BYTES = 16 * BYTES_PER_KIB;
const SLOTS = 2;
/** What is no plain file is an error, and never waited for. */
const OPEN_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The notes of the present run in a file of two slots that are overwritten in turn: a version that is cut by a kill leaves
 * the one before. Overwriting the same few pages every few seconds costs the disk one write of them per writeback, where
 * a row in the database would cost a journal of whole pages each time. The notes outlive the process, not the host: a
 * run that they are about does not outlive it either.
 */
export class RunNotesFile {
  readonly #path: string;
  #sequence = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The newest complete version; null if there is none that this version of Gantry can read. Throws where it cannot be read. */
  read(): RunNotes | null {
    const bytes = readRecordBytes(this.#path) ?? Buffer.alloc(0);
    const versions = Array.from({length: SLOTS}, (_, slot) => slotIn(bytes, slot)).filter((found) => found !== null);
    const [newest] = versions.toSorted((a, b) => b.sequence - a.sequence);
    this.#sequence = newest?.sequence ?? 0;
    return newest?.notes ?? null;
  }

  /** Replaces the older version. Throws as writeSync does, and a RangeError for notes that are too long. */
  write(notes: RunNotes): void {
    const sequence = this.#sequence + 1;
    const bytes = Buffer.from(`${JSON.stringify({sequence, notes})}\n`);
    if (bytes.length > SLOT_BYTES) throw new RangeError(`notes of ${bytes.length} bytes`);
    const file = openSync(this.#path, OPEN_FLAGS, PRIVATE_MODE);
    try {
      const written = writeSync(file, bytes, 0, bytes.length, (sequence % SLOTS) * SLOT_BYTES);
      if (written < bytes.length)
        throw new Error(`${this.#path}: only ${written} of ${bytes.length} bytes were written`);
    } finally {
      closeSync(file);
    }
    this.#sequence = sequence;
  }
}

function slotIn(bytes: Buffer, slot: number): z.infer<typeof slotSchema> | null {
  const from = slot * SLOT_BYTES;
  const end = bytes.indexOf('\n', from);
  if (end < 0 || end >= from + SLOT_BYTES) return null;
  try {
    return slotSchema.safeParse(JSON.parse(bytes.toString('utf8', from, end))).data ?? null;
  } catch {
    // Cut by a kill while it was written, or damaged: the other slot counts.
    return null;
  }
}
