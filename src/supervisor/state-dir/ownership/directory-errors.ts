import path from 'node:path';
import type {ApiError} from '../../../api/commands.ts';
import {quoteArgument} from '../../../engines/launch/shell-quoting.ts';

/** Only the owner of a file in such a directory can replace it. */
export const STICKY = 0o1000;

/** `0775`. */
export function modeText(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

const ANOTHER = 'set GANTRY_STATE_DIR, GANTRY_DATA_DIR or GANTRY_RUNTIME_DIR to a directory of your own';

/** The command that makes a directory which only this user can use; then it is used, wherever it is. */
function makeIt(directory: string): string {
  return `(umask 077; mkdir -p ${quoteArgument(directory)})`;
}

export function wrongOwner(directory: string, uid: number): ApiError {
  return {
    code: 'directories.wrong-owner',
    message: `${directory} belongs to user id ${uid}, not to you (${process.getuid?.() ?? 'unknown'}).`,
    remedy: `Log in as that user, or unset XDG_RUNTIME_DIR, or ${ANOTHER}.`,
  };
}

/** As root: it is still used. */
export function otherOwner(directory: string, uid: number): ApiError {
  return {
    code: 'directories.wrong-owner',
    message: `${directory} belongs to user id ${uid}, who can change what Gantry keeps in it.`,
    remedy: `If only root uses it: chown ${process.getuid?.() ?? 0} ${quoteArgument(directory)}.`,
  };
}

/** @param why - what is wrong with the link */
export function unusableLink(directory: string, target: string, why: string): ApiError {
  const place = path.resolve(path.dirname(directory), target);
  return {
    code: 'directories.symbolic-link',
    message: `${directory} is a symbolic link to ${target}, and ${why}.`,
    remedy: `Mount or create ${place}, or set GANTRY_STATE_DIR, GANTRY_DATA_DIR or GANTRY_RUNTIME_DIR to the directory itself.`,
  };
}

export function isShared(directory: string, mode: number): ApiError {
  const inside = path.join(directory, 'gantry');
  // With the sticky bit it is shared on purpose, and its mode must stay.
  const alone = (mode & STICKY) === 0 ? ` If it is only yours: chmod go-w ${quoteArgument(directory)}.` : '';
  return {
    code: 'directories.shared',
    message: `Other users can write to ${directory} (mode ${modeText(mode)}).`,
    remedy: `Use a directory of your own inside it: ${makeIt(inside)}, and set the variable to ${inside}.${alone}`,
  };
}

/** Still used: who is in the group is unknown. */
export function groupWrites(directory: string, {gid, mode}: {readonly gid: number; readonly mode: number}): ApiError {
  return {
    code: 'directories.group-writes',
    message: `Group id ${gid} can write to ${directory} (mode ${modeText(mode)}), and who belongs to it is unknown.`,
    remedy: `If nobody else has to: chmod g-w ${quoteArgument(directory)}. Or use a directory inside it: ${path.join(directory, 'gantry')}.`,
  };
}

export function holdsOtherFiles(directory: string, names: readonly string[]): ApiError {
  const [first = ''] = names;
  return {
    code: 'directories.not-ours',
    message: `${directory} holds other files (${first}${names.length > 1 ? ' and others' : ''}) and none of Gantry.`,
    remedy: `Use a directory inside it, which Gantry creates: ${path.join(directory, 'gantry')}.`,
  };
}

export function unsafeParent(directory: string, parent: string, why: string): ApiError {
  return {
    code: 'directories.unsafe-parent',
    message: `${directory} is not safe: ${parent} ${why}, so another user could replace it.`,
    remedy: `Correct the owner and mode of ${parent}, unset the XDG variable that names it, or ${ANOTHER}.`,
  };
}

/** Nothing is created in such a place; what is there already is used. */
export function notCreated(directory: string, {code, message, remedy}: ApiError): ApiError {
  return {
    code,
    message,
    remedy: `If nobody else uses this host, make it yourself: ${makeIt(directory)}. Otherwise: ${remedy}`,
  };
}

export function cannotUse(directory: string, error: unknown): ApiError {
  return {
    code: 'directories.cannot-create',
    message: `${directory} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'Check the permissions of its parent, or set GANTRY_STATE_DIR, GANTRY_DATA_DIR and GANTRY_RUNTIME_DIR.',
  };
}
