import {existsSync, lstatSync, readlinkSync} from 'node:fs';
import {hostname} from 'node:os';
import path from 'node:path';
import {z} from 'zod';
import {errorCode} from '../../../shared/error-code.ts';
import {readRecord} from '../../../sources/host/own-files.ts';
import {readBootId} from '../../process/process-identity.ts';

/** The holder of a lock. Every acquisition has unique content. */
const holderSchema = z.object({
  pid: z.int().positive(),
  startTimeTicks: z.string(),
  bootId: z.string(),
  hostname: z.string(),
  /** Its pid means another process, or none, in any other namespace; left out by older versions. */
  pidNamespace: z.string().optional(),
  nonce: z.string(),
});
export type Holder = z.infer<typeof holderSchema>;

/** The lock's file in a state directory. */
export function supervisorLockPath(stateDir: string): string {
  return path.join(stateDir, 'supervisor.lock');
}

/** What the lock of a state directory says; nulls if there is none, or if no supervisor wrote it. */
export async function readHolder(
  stateDir: string,
): Promise<{readonly content: string | null; readonly holder: Holder | null}> {
  const content = await readIfThere(supervisorLockPath(stateDir));
  return {content, holder: content === null ? null : parseHolder(content)};
}

/** The text of a file; null if it does not exist, empty if it is no file, too long or cannot be read: no supervisor wrote that. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return readRecord(file) ?? (lstatSync(file, {throwIfNoEntry: false}) === undefined ? null : '');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    if (errorCode(error) === 'EISDIR' || (errorCode(error) === 'EACCES' && existsSync(file))) return '';
    throw error;
  }
}

/** Null for content that no running supervisor wrote: theirs is always complete. */
export function parseHolder(content: string): Holder | null {
  try {
    const holder = holderSchema.safeParse(JSON.parse(content));
    return holder.success ? holder.data : null;
  } catch {
    return null;
  }
}

/** The pid namespace of this process, as the kernel names it: `pid:[4026531836]`. */
export function readPidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid');
}

/**
 * Whether only others can see the process of a holder: on another host that shares the home directory, or in another
 * container of this one.
 */
export function isElsewhere(holder: Holder): boolean {
  if (holder.bootId !== readBootId()) return holder.hostname !== hostname();
  return isInOtherContainer(holder);
}

/** True for a holder on this host whose pid is not one of this process's namespace. */
export function isInOtherContainer({bootId, pidNamespace}: Holder): boolean {
  return bootId === readBootId() && pidNamespace !== undefined && pidNamespace !== readPidNamespace();
}
