import {lstat, readlink} from 'node:fs/promises';
import path from 'node:path';
import type {ApiError} from '../../../api/commands.ts';
import {errorCode} from '../../../shared/error-code.ts';
import {modeText, STICKY, unsafeParent} from './directory-errors.ts';
import {groupReach, trustedOwners} from './trusted-owners.ts';

/** As the kernel resolves a path. */
const MOST_LINKS = 40;
const ALL_WRITE = 0o002;
const GROUP_WRITES = 0o020;

/**
 * Why another user could replace the directory: who owns or may write to a directory above it. Links above it are
 * followed. Null if nobody can, and for what does not exist yet. A group whose members are unknown is no reason.
 */
export async function findParentDoubt(directory: string): Promise<ApiError | null> {
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
    const isSticky = (found.mode & STICKY) !== 0;
    if (!isSticky && (await writersOf(found)) === 'others') {
      return unsafeParent(directory, current, `can be written to by others (mode ${modeText(found.mode)})`);
    }
    const next = pending.shift();
    if (next === undefined) return null;
    current = path.join(current, next);
  }
}

/**
 * Who besides the owner can write: nobody, others, or a group whose members are unknown. A group with no other member is as
 * good as no group: many systems give each user one, and let it write.
 */
export async function writersOf({
  gid,
  mode,
}: {
  readonly gid: number;
  readonly mode: number;
}): Promise<'nobody' | 'others' | 'unknown'> {
  if ((mode & ALL_WRITE) !== 0) return 'others';
  if ((mode & GROUP_WRITES) === 0) return 'nobody';
  const reach = await groupReach(gid);
  return reach === 'private' ? 'nobody' : reach;
}
