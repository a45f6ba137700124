import {constants} from 'node:fs';
import {lstat, mkdir, open, readdir, readlink} from 'node:fs/promises';
import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import {errorCode} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {isPrivateGroup, trustedOwners} from './trusted-owners.ts';

/** As the kernel resolves a path. */
const MOST_LINKS = 40;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Makes a directory of Gantry usable: creates it with mode 0700 where it does not exist, and otherwise checks it. An
 * existing one is never changed. Refused are one of another user, one that others can write to, a symbolic link, one
 * below a directory in which another user could replace it, and one whose contents are not Gantry's.
 *
 * @param areOurs - whether a directory with these names in it, in any order, may be used
 */
export async function claimDirectory(
  directory: string,
  areOurs: (names: readonly string[]) => boolean,
): Promise<Result<null, ApiError>> {
  try {
    const before = await checkParents(directory);
    if (before !== null) return err(before);
    if ((await mkdir(directory, {recursive: true, mode: 0o700})) !== undefined) {
      // Another user may have been faster in a shared directory.
      const after = await checkParents(directory);
      if (after !== null) return err(after);
    }
    const problem = await checkOpened(directory, areOurs);
    return problem === null ? ok(null) : err(problem);
  } catch (error) {
    return err(cannotUse(directory, error));
  }
}

/** What is wrong with the directory itself, as it is once it is open: it cannot be replaced in between. */
async function checkOpened(
  directory: string,
  areOurs: (names: readonly string[]) => boolean,
): Promise<ApiError | null> {
  if ((await lstat(directory)).isSymbolicLink()) return isLink(directory, await readlink(directory));
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const {uid, gid, mode} = await handle.stat();
    if (uid !== process.getuid?.()) return wrongOwner(directory, uid);
    if (await canOthersWrite({gid, mode})) return isShared(directory, mode);
    const names = await readdir(directory);
    return areOurs(names) ? null : holdsOtherFiles(directory, names.toSorted());
  } finally {
    await handle.close();
  }
}

/**
 * Why another user could replace the directory: who owns or may write to a directory above it. Links above it are
 * followed if they belong to this user or to root. Null if nobody can, and for what does not exist yet.
 */
async function checkParents(directory: string): Promise<ApiError | null> {
  const trusted = trustedOwners();
  let links = 0;
  const pending = path.dirname(directory).split('/').filter(Boolean);
  let current = '/';
  for (;;) {
    const found = await lstat(current).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    });
    if (found === null) return null;
    if (!trusted.has(found.uid)) return unsafeParent(directory, current, `belongs to user id ${found.uid}`);
    if (found.isSymbolicLink()) {
      links += 1;
      if (links > MOST_LINKS) return unsafeParent(directory, current, 'is a chain of symbolic links without an end');
      const target = await readlink(current);
      pending.unshift(...path.resolve(path.dirname(current), target).split('/').filter(Boolean));
      current = '/';
      continue;
    }
    // A file: creating a directory below it says so.
    if (!found.isDirectory()) return null;
    const isSticky = (found.mode & STICKY) !== 0;
    if (!isSticky && (await canOthersWrite(found))) {
      return unsafeParent(directory, current, `can be written to by others (mode ${modeText(found.mode)})`);
    }
    const next = pending.shift();
    if (next === undefined) return null;
    current = path.join(current, next);
  }
}

/** A group with no other member is as good as no group: many systems give each user one, and let it write. */
async function canOthersWrite({gid, mode}: {readonly gid: number; readonly mode: number}): Promise<boolean> {
  if ((mode & 0o002) !== 0) return true;
  return (mode & OTHERS_WRITE) !== 0 && !(await isPrivateGroup(gid));
}

function modeText(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

const ANOTHER = 'set GANTRY_STATE_DIR, GANTRY_DATA_DIR or GANTRY_RUNTIME_DIR to a directory of your own';

function wrongOwner(directory: string, uid: number): ApiError {
  return {
    code: 'directories.wrong-owner',
    message: `${directory} belongs to user id ${uid}, not to you (${process.getuid?.() ?? 'unknown'}).`,
    remedy: `Log in as that user, or unset XDG_RUNTIME_DIR, or ${ANOTHER}.`,
  };
}

function isLink(directory: string, target: string): ApiError {
  return {
    code: 'directories.symbolic-link',
    message: `${directory} is a symbolic link to ${target}; Gantry does not follow links to its own directories.`,
    remedy: `Set GANTRY_STATE_DIR, GANTRY_DATA_DIR or GANTRY_RUNTIME_DIR to ${path.resolve(path.dirname(directory), target)} itself.`,
  };
}

function isShared(directory: string, mode: number): ApiError {
  // With the sticky bit it is shared on purpose, and its mode must stay.
  const alone = (mode & STICKY) === 0 ? ` If it is only yours: chmod go-w ${directory}.` : '';
  return {
    code: 'directories.shared',
    message: `Other users can write to ${directory} (mode ${modeText(mode)}).`,
    remedy: `Use a directory inside it, which Gantry creates: ${path.join(directory, 'gantry')}.${alone}`,
  };
}

function holdsOtherFiles(directory: string, names: readonly string[]): ApiError {
  const [first = ''] = names;
  return {
    code: 'directories.not-ours',
    message: `${directory} holds other files (${first}${names.length > 1 ? ' and others' : ''}) and none of Gantry.`,
    remedy: `Use a directory inside it, which Gantry creates: ${path.join(directory, 'gantry')}.`,
  };
}

function unsafeParent(directory: string, parent: string, why: string): ApiError {
  return {
    code: 'directories.unsafe-parent',
    message: `${directory} is not safe: ${parent} ${why}, so another user could replace it.`,
    remedy: `Correct the owner and mode of ${parent}, unset the XDG variable that names it, or ${ANOTHER}.`,
  };
}

function cannotUse(directory: string, error: unknown): ApiError {
  return {
    code: 'directories.cannot-create',
    message: `${directory} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'Check the permissions of its parent, or set GANTRY_STATE_DIR, GANTRY_DATA_DIR and GANTRY_RUNTIME_DIR.',
  };
}
