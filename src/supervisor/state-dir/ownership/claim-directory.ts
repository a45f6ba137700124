import {constants, type Stats} from 'node:fs';
import {access, lstat, open, readdir, readlink} from 'node:fs/promises';
import path from 'node:path';
import type {ApiError} from '../../../api/commands.ts';
import {errorCode} from '../../../shared/error-code.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {
  cannotUse,
  groupWrites,
  holdsOtherFiles,
  isShared,
  notCreated,
  otherOwner,
  unsafeParent,
  unusableLink,
  wrongOwner,
} from './directory-errors.ts';
import {makeDirectory} from './make-directory.ts';
import {findParentDoubt, writersOf} from './parent-doubts.ts';
import {trustedOwners} from './trusted-owners.ts';

const ROOT = 0;

/** What is doubtful about a directory that is still used. */
export type Doubts = readonly ApiError[];

/**
 * Makes a directory of Gantry usable: creates it with mode 0700 where it does not exist, and otherwise checks it. An
 * existing one is never changed. Refused are one of another user, one that others can write to, and one whose contents are
 * not Gantry's. Where another user could replace it, because of a directory above it, it is not created; one that is there
 * is used, and this is a doubt: an engine that serves must stay within reach. A link of this user or of root is followed
 * once.
 *
 * @param areOurs - whether a directory with these names in it, in any order, may be used
 */
export async function claimDirectory(
  directory: string,
  areOurs: (names: readonly string[]) => boolean,
): Promise<Result<Doubts, ApiError>> {
  try {
    const present = await lstatOrNull(directory);
    if (present?.isSymbolicLink() === true) return await claimTarget(directory, present, areOurs);
    if (present === null) {
      const created = await create(directory);
      if (!created.ok) return created;
    }
    return await claimExisting(directory, areOurs);
  } catch (error) {
    return err(cannotUse(directory, error));
  }
}

async function create(directory: string): Promise<Result<null, ApiError>> {
  const before = await findParentDoubt(directory);
  if (before !== null) return err(notCreated(directory, before));
  if (!(await makeDirectory(directory))) return ok(null);
  // Another user may have been faster in a shared directory.
  const after = await findParentDoubt(directory);
  return after === null ? ok(null) : err(after);
}

async function claimTarget(
  link: string,
  {uid}: Stats,
  areOurs: (names: readonly string[]) => boolean,
): Promise<Result<Doubts, ApiError>> {
  const target = await readlink(link);
  if (!trustedOwners().has(uid)) return err(unsafeParent(link, link, `is a link of user id ${uid}`));
  const place = path.resolve(path.dirname(link), target);
  const found = await lstatOrNull(place);
  if (found === null) return err(unusableLink(link, target, 'that does not exist'));
  if (found.isSymbolicLink()) return err(unusableLink(link, target, 'that is a link too'));
  const above = await findParentDoubt(link);
  const claimed = await claimExisting(place, areOurs);
  return claimed.ok ? ok(above === null ? claimed.value : [above, ...claimed.value]) : claimed;
}

/** Checks the directory as it is once it is open: it cannot be replaced in between. */
async function claimExisting(
  directory: string,
  areOurs: (names: readonly string[]) => boolean,
): Promise<Result<Doubts, ApiError>> {
  // One that this user may not even open is named by its owner.
  const named = await checkOwner(directory, await lstat(directory));
  if (!named.ok) return named;
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const stats = await handle.stat();
    const owned = await checkOwner(directory, stats);
    if (!owned.ok) return owned;
    const writers = await writersOf(stats);
    if (writers === 'others') return err(isShared(directory, stats.mode));
    const names = await readdir(directory);
    if (!areOurs(names)) return err(holdsOtherFiles(directory, names.toSorted()));
    const above = await findParentDoubt(directory);
    return ok([
      ...owned.value,
      ...(writers === 'unknown' ? [groupWrites(directory, stats)] : []),
      ...(above === null ? [] : [above]),
    ]);
  } finally {
    await handle.close();
  }
}

/** Root can use any directory; anyone can use one of root that lets it. */
async function checkOwner(directory: string, {uid}: Stats): Promise<Result<Doubts, ApiError>> {
  const own = process.getuid?.() ?? ROOT;
  if (uid === own) return ok([]);
  // With sudo it is the directory of whoever logged in: files of root in it would lock that user out.
  if (own === ROOT && process.env['SUDO_UID'] !== String(uid)) return ok([otherOwner(directory, uid)]);
  if (!trustedOwners().has(uid)) return err(wrongOwner(directory, uid));
  const isUsable = await access(directory, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return isUsable ? ok([]) : err(wrongOwner(directory, uid));
}

async function lstatOrNull(file: string): Promise<Stats | null> {
  try {
    return await lstat(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
