import {readFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import path from 'node:path';
import {z} from 'zod';
import {errorCode} from '../../../shared/error-code.ts';
import {readBootId} from '../../process/process-identity.ts';

/** The holder of a lock. Every acquisition has unique content. */
const holderSchema = z.object({
  pid: z.int().positive(),
  startTimeTicks: z.string(),
  bootId: z.string(),
  hostname: z.string(),
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

/** The text of a file; null if it does not exist. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
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

/** On a home directory shared by several nodes, another host may be running. */
export function isElsewhere(holder: Holder): boolean {
  return holder.bootId !== readBootId() && holder.hostname !== hostname();
}
