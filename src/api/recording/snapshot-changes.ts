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

/** More clients than so many, each with another snapshot before the newest, are too slow to be of use to one another. */
const MOST_KEPT_PATCHES = 8;

/** To the newest snapshot alone, by the one before: the flight recorder and every client ask for the same changes. */
const kept: {after: Snapshot | null; readonly patches: Map<Snapshot, DocumentPatch>} = {
  after: null,
  patches: new Map(),
};

/** What changed from one snapshot to another one. A client that skipped some has changes of its own, and leaves those of the others. */
export function snapshotPatch(before: Snapshot, after: Snapshot): DocumentPatch {
  if (kept.after !== after) {
    kept.after = after;
    kept.patches.clear();
  }
  const known = kept.patches.get(before);
  if (known !== undefined) return known;
  const patch = patchBetween(before, after);
  if (kept.patches.size < MOST_KEPT_PATCHES) kept.patches.set(before, patch);
  return patch;
}
