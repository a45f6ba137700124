import type http from 'node:http';
import type {ApiError} from '../../api/commands.ts';
import {CHANGES_HEADER} from '../../api/headers.ts';
import {createPatchedDocument, type PatchedDocument} from '../../api/recording/document-patch.ts';
import type {SnapshotChanges} from '../../api/recording/snapshot-changes.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {ReadEvent} from '../read-events.ts';
import {isOfThisBuild, type LoadSchema, parsed, readDocument} from './read-document.ts';

/** What a client sends that reads its snapshots with `createSnapshotReader`. */
export const takingChanges: http.OutgoingHttpHeaders = {[CHANGES_HEADER]: 'yes'};

/**
 * Reads the snapshots of one stream: complete ones, and each that comes as its changes. What did not change is the same object as in
 * the snapshot before. An error means that this stream cannot be followed; a new one begins with a complete snapshot.
 */
export function createSnapshotReader(loadSchema: LoadSchema<Snapshot>): ReadEvent<Snapshot> {
  // As it was sent: what a schema takes away, later changes may be in.
  let document: PatchedDocument | null = null;
  let sequence = 0;

  async function readSnapshot(headers: http.IncomingHttpHeaders): Promise<Result<Snapshot, ApiError>> {
    const value = document?.value();
    const snapshot = isVouched(value, headers) ? ok(value) : await checked(value, loadSchema);
    if (snapshot.ok) sequence = snapshot.value.sequence;
    return snapshot;
  }

  return async ({name, data}, headers) => {
    if (name === 'snapshot') {
      const whole = parsed<unknown>(data);
      if (whole === null) return readDocument(data, headers, loadSchema);
      document = createPatchedDocument(whole.value);
      return readSnapshot(headers);
    }
    if (name !== 'changes') return null;
    const changes = await readChanges(data, headers);
    if (!changes.ok) return changes;
    if (document === null || changes.value.from !== sequence) {
      return err(await unfollowed(`the changes are of snapshot ${changes.value.from}, which did not arrive.`));
    }
    const applied = document.apply(changes.value.patch);
    return applied.ok ? readSnapshot(headers) : err(await unfollowed(`${applied.error}.`));
  };
}

/** What a supervisor of this very build has written has passed the schema there. */
function isVouched(value: unknown, headers: http.IncomingHttpHeaders): value is Snapshot {
  return typeof value === 'object' && value !== null && isOfThisBuild(headers);
}

async function checked(value: unknown, loadSchema: LoadSchema<Snapshot>): Promise<Result<Snapshot, ApiError>> {
  const [{checkValue}, schema] = await Promise.all([import('./check-document.ts'), loadSchema()]);
  return checkValue(value, schema);
}

function readChanges(data: string, headers: http.IncomingHttpHeaders): Promise<Result<SnapshotChanges, ApiError>> {
  return readDocument(
    data,
    headers,
    async () => (await import('../../api/recording/snapshot-changes.ts')).snapshotChangesSchema,
  );
}

async function unfollowed(detail: string): Promise<ApiError> {
  const {incompatibleError} = await import('../incompatible-error.ts');
  return incompatibleError(null, detail);
}
