import {createHash, randomUUID} from 'node:crypto';
import {link, readFile, unlink, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {z} from 'zod';
import type {ApiError} from '../../api/commands.ts';
import {errorCode} from '../../shared/error-code.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {isSameProcess, readBootId, readIdentity} from '../process/process-identity.ts';

/** The holder of a lock. Every acquisition has unique content. */
const holderSchema = z.object({
  pid: z.int().positive(),
  startTimeTicks: z.string(),
  bootId: z.string(),
  hostname: z.string(),
  nonce: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

/** The right to be this state directory's only supervisor, until released or until the process exits. */
export type SupervisorLock = {readonly path: string; readonly release: () => Promise<void>};

/** Concurrent attempts finish within milliseconds, on a busy machine or a slow disk within seconds. */
const GIVE_UP_AFTER_MS = 15_000;
const RETRY_MS = 10;

/** The lock's file in a state directory. */
export function supervisorLockPath(stateDir: string): string {
  return path.join(stateDir, 'supervisor.lock');
}

/**
 * Takes the lock of a state directory. It is a file linked into place complete, with its holder; of any number of
 * starters exactly one succeeds. A dead holder, one with a reused pid, or one from before the last boot does not count.
 * Errors name the holder.
 */
export async function acquireSupervisorLock(directories: {
  readonly stateDir: string;
}): Promise<Result<SupervisorLock, ApiError>> {
  const file = supervisorLockPath(directories.stateDir);
  const identity = readIdentity(process.pid);
  if (identity === null) throw new Error('this process is not in /proc');
  try {
    const giveUpAtMs = performance.now() + GIVE_UP_AFTER_MS;
    return await acquire(file, giveUpAtMs, JSON.stringify({...identity, hostname: hostname(), nonce: randomUUID()}));
  } catch (error) {
    return err(unusable(file, error));
  }
}

async function acquire(file: string, giveUpAtMs: number, content: string): Promise<Result<SupervisorLock, ApiError>> {
  while (performance.now() < giveUpAtMs) {
    if (await linkIntoPlace(file, content)) return ok({path: file, release: () => removeIfSame(file, content)});
    const found = await readIfThere(file);
    if (found === null) continue;
    const holder = parseHolder(found);
    if (holder !== null && isElsewhere(holder)) return err(heldElsewhere(file, holder));
    if (holder !== null && isSameProcess(holder)) return err(alreadyRunning(file, holder));
    await removeStale(file, found, giveUpAtMs, content);
  }
  return err(unusable(file, new Error(`could not be acquired within ${secondsText(GIVE_UP_AFTER_MS)}`)));
}

/**
 * Removes a stale lock. Checking and removing are two steps, and in between another starter could have created its own
 * lock; so stale content is only removed while holding a lock named after that content. Its dead owner will not remove
 * it and no other holder may, so the checked content stays until it is removed. If a starter dies while holding that
 * lock, it becomes stale too and is handled in the same way.
 */
async function removeStale(file: string, stale: string, giveUpAtMs: number, content: string): Promise<void> {
  const guardFile = `${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  const guard = await acquire(guardFile, giveUpAtMs, content);
  if (!guard.ok) {
    await delay(RETRY_MS);
    return;
  }
  try {
    await removeIfSame(file, stale);
  } finally {
    await guard.value.release();
  }
}

/** The running supervisor of this host that holds the lock of a state directory; null if none. */
export async function readLivingHolder(directories: {
  readonly stateDir: string;
}): Promise<{readonly pid: number} | null> {
  const found = await readIfThere(supervisorLockPath(directories.stateDir));
  const holder = found === null ? null : parseHolder(found);
  return holder !== null && !isElsewhere(holder) && isSameProcess(holder) ? {pid: holder.pid} : null;
}

/** Creates the file complete, or not at all if it exists. */
async function linkIntoPlace(file: string, content: string): Promise<boolean> {
  const draft = `${file}.${process.pid}.${randomUUID()}`;
  await writeFile(draft, content, {mode: 0o600, flag: 'wx'});
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function removeIfSame(file: string, content: string): Promise<void> {
  if ((await readIfThere(file)) !== content) return;
  try {
    await unlink(file);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Null for content that no running supervisor wrote: theirs is always complete. */
function parseHolder(content: string): Holder | null {
  try {
    const holder = holderSchema.safeParse(JSON.parse(content));
    return holder.success ? holder.data : null;
  } catch {
    return null;
  }
}

/** On a home directory shared by several nodes, another host may be running. */
function isElsewhere(holder: Holder): boolean {
  return holder.bootId !== readBootId() && holder.hostname !== hostname();
}

function hasCode(error: unknown, code: string): boolean {
  return errorCode(error) === code;
}

function alreadyRunning(file: string, holder: Holder): ApiError {
  return {
    code: 'supervisor.already-running',
    message: `A supervisor is already running (pid ${holder.pid}); it holds ${file}.`,
    remedy: 'Use it: gantry status. To stop an idle one, send it SIGTERM.',
  };
}

function heldElsewhere(file: string, holder: Holder): ApiError {
  return {
    code: 'supervisor.held-elsewhere',
    message: `${file} is held by a supervisor on the host ${holder.hostname} (pid ${holder.pid}).`,
    remedy: `Set GANTRY_STATE_DIR to a directory on a disk of this host, or delete that file when ${holder.hostname} is gone.`,
  };
}

function unusable(file: string, error: unknown): ApiError {
  return {
    code: 'supervisor.lock-unusable',
    message: `The lock ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'Check the permissions and the free space of its directory, or set GANTRY_STATE_DIR to another directory.',
  };
}
