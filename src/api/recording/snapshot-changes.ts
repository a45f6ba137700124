import {z} from 'zod';
import type {Snapshot} from '../snapshot.ts';
import {type DocumentPatch, patchBetween} from './document-patch.ts';

/** In a stream, the next snapshot as what changed since the one that the same client got before. */
export const snapshotChangesSchema = z.object({
  /** The sequence number of that snapshot. */
  from: z.number(),
  patch: z.record(z.string(), z.unknown()),
});
export type SnapshotChanges = Readonly<z.infer<typeof snapshotChangesSchema>>;

/** Of the last two snapshots alone: the one second's changes are asked for by the flight recorder and for every client. */
const last: {before: Snapshot | null; after: Snapshot | null; patch: DocumentPatch} = {
  before: null,
  after: null,
  patch: {},
};

/** What changed from one snapshot to another one. */
export function snapshotPatch(before: Snapshot, after: Snapshot): DocumentPatch {
  if (last.before !== before || last.after !== after) {
    last.patch = patchBetween(before, after);
    last.before = before;
    last.after = after;
  }
  return last.patch;
}
