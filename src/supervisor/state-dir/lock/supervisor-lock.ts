import {createHash, randomInt, randomUUID} from 'node:crypto';
import {closeSync, existsSync, fstatSync, lstatSync, openSync} from 'node:fs';
import {link, lstat, rename, unlink, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {ApiError} from '../../../api/commands.ts';
import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import {errorCode} from '../../../shared/error-code.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {isSameProcess, readIdentity} from '../../process/process-identity.ts';
import {claimDirectory} from '../ownership/claim-directory.ts';
import {lifeByItsSocket} from './distant-holder.ts';
import {findByOpenFiles} from './living-supervisor.ts';
import {
  type Holder,
  isElsewhere,
  isInOtherContainer,
  parseHolder,
  readIfThere,
  readPidNamespace,
  supervisorLockPath,
} from './lock-holder.ts';

/** The right to be this state directory's only supervisor, until released or until the process exits. */
export type SupervisorLock = {
  readonly path: string;
  /** What was in the lock's place and no file, where it is now. */
  readonly displaced: readonly string[];
  /**
   * Puts the lock back if it was removed or replaced. An error names another supervisor that holds it, or why it cannot
   * be put back.
   */
  readonly keep: () => Promise<Result<null, ApiError>>;
  readonly release: () => Promise<void>;
};

/** Concurrent attempts finish within milliseconds, on a busy machine or a slow disk within seconds. */
const GIVE_UP_AFTER_MS = 15_000;
const RETRY_MS = 10;
const LOOK_AGAIN_MS = 200;
/** A starter that has the lock open for longer than this has won. */
const UNDECIDED_MS = 2_000;

/**
 * Takes the lock of a state directory. It is a file linked into place complete, with its holder, and kept open; of any
 * number of starters exactly one succeeds, also while the file is removed. A dead holder, one with a reused pid, or
 * one from before the last boot does not count. Errors name the holder.
 */
export async function acquireSupervisorLock(directories: {
  readonly stateDir: string;
}): Promise<Result<SupervisorLock, ApiError>> {
  const {stateDir} = directories;
  const file = supervisorLockPath(stateDir);
  const identity = readIdentity(process.pid);
  if (identity === null) throw new Error('this process is not in /proc');
  const content = JSON.stringify({...identity, ...placeOfThisProcess(), nonce: randomUUID()});
  const giveUpAtMs = performance.now() + GIVE_UP_AFTER_MS;
  try {
    return await acquireAlone(stateDir, {file, content, giveUpAtMs, displaced: []});
  } catch (error) {
    return err(unusable(file, error));
  }
}

function placeOfThisProcess(): Pick<Holder, 'hostname' | 'pidNamespace'> {
  return {hostname: hostname(), pidNamespace: readPidNamespace()};
}

type Attempt = {
  readonly file: string;
  readonly content: string;
  readonly giveUpAtMs: number;
  readonly displaced: string[];
};

/**
 * The file alone does not decide: it may have been removed under a supervisor that runs. Each starter has its file open
 * before it looks for others that have; so of two, at least one sees the other and withdraws.
 */
async function acquireAlone(stateDir: string, attempt: Attempt): Promise<Result<SupervisorLock, ApiError>> {
  const {file, content, giveUpAtMs} = attempt;
  const seenSinceMs = new Map<number, number>();
  while (performance.now() < giveUpAtMs) {
    const before = await findByOpenFiles(stateDir);
    if (before === null) {
      const acquired = await acquire(attempt);
      if (!acquired.ok) return acquired;
      const other = await findByOpenFiles(stateDir);
      if (other === null) return ok(keptLock(stateDir, attempt, acquired.value));
      await removeIfSame(file, content);
      closeSync(acquired.value);
    } else {
      const held = await readIfThere(file);
      const holder = held === null ? null : parseHolder(held);
      if (holder !== null && !isElsewhere(holder) && isSameProcess(holder))
        return err(alreadyRunning(file, holder.pid));
      const sinceMs = seenSinceMs.get(before.pid) ?? performance.now();
      seenSinceMs.set(before.pid, sinceMs);
      if (performance.now() - sinceMs > UNDECIDED_MS) return err(alreadyRunning(file, before.pid));
    }
    await delay(randomInt(20, 120));
  }
  return err(notInTime(file));
}

/** The descriptor of the file that this process has linked into place. */
async function acquire({file, content, giveUpAtMs, displaced}: Attempt): Promise<Result<number, ApiError>> {
  while (performance.now() < giveUpAtMs) {
    const descriptor = await linkIntoPlace(file, content);
    if (descriptor !== null) return ok(descriptor);
    const found = await readIfThere(file);
    if (found === null) continue;
    const holder = parseHolder(found);
    if (holder !== null && isElsewhere(holder)) {
      const life = isInOtherContainer(holder) ? await lifeByItsSocket(file) : 'alive';
      if (life === 'alive') return err(heldElsewhere(file, holder));
      if (life === 'unknown') {
        await delay(LOOK_AGAIN_MS);
        continue;
      }
    }
    if (holder !== null && isSameProcess(holder)) return err(alreadyRunning(file, holder.pid));
    await removeStale(file, found, {content, giveUpAtMs, displaced});
  }
  return err(notInTime(file));
}

/**
 * Removes a stale lock. Checking and removing are two steps, and in between another starter could have created its own
 * lock; so stale content is only removed while holding a lock named after that content. Its dead owner will not remove
 * it and no other holder may, so the checked content stays until it is removed. If a starter dies while holding that
 * lock, it becomes stale too and is handled in the same way.
 */
async function removeStale(
  file: string,
  stale: string,
  {content, giveUpAtMs, displaced}: Omit<Attempt, 'file'>,
): Promise<void> {
  const guardFile = `${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  const guard = await acquire({file: guardFile, content, giveUpAtMs, displaced});
  if (!guard.ok) {
    await delay(RETRY_MS);
    return;
  }
  try {
    const aside = await removeIfSame(file, stale);
    if (aside !== null) displaced.push(aside);
  } finally {
    await removeIfSame(guardFile, content);
    closeSync(guard.value);
  }
}

function keptLock(stateDir: string, {content, displaced}: Attempt, acquired: number): SupervisorLock {
  const file = supervisorLockPath(stateDir);
  let descriptor = acquired;

  async function keep(): Promise<Result<null, ApiError>> {
    if (isOpenFile(file, descriptor)) return ok(null);
    const made = await claimDirectory(stateDir, () => true);
    if (!made.ok) return made;
    const found = await readIfThere(file);
    const holder = found === null ? null : parseHolder(found);
    if (holder !== null && isElsewhere(holder)) return err(heldElsewhere(file, holder));
    if (holder !== null && holder.pid !== process.pid && isSameProcess(holder)) {
      return err(alreadyRunning(file, holder.pid));
    }
    const giveUpAtMs = performance.now() + GIVE_UP_AFTER_MS;
    if (found === content) await removeIfSame(file, content);
    else if (found !== null) await removeStale(file, found, {content, giveUpAtMs, displaced: []});
    const restored = await linkIntoPlace(file, content);
    // Another process was faster: which one shows the next time.
    if (restored === null) return ok(null);
    closeSync(descriptor);
    descriptor = restored;
    return ok(null);
  }

  return {
    path: file,
    displaced,
    async keep() {
      try {
        return await keep();
      } catch (error) {
        return err(unusable(file, error));
      }
    },
    async release() {
      await removeIfSame(file, content);
      closeSync(descriptor);
    },
  };
}

/** True while the name belongs to the open file. */
function isOpenFile(file: string, descriptor: number): boolean {
  const [named, open] = [lstatSync(file, {throwIfNoEntry: false}), fstatSync(descriptor)];
  return named?.ino === open.ino && named.dev === open.dev;
}

/** Creates the file complete and opens it under its name; null if it exists, or was removed immediately. */
async function linkIntoPlace(file: string, content: string): Promise<number | null> {
  const draft = `${file}.${process.pid}.${randomUUID()}`;
  try {
    await writeFile(draft, content, {mode: 0o600, flag: 'wx'});
    const own = await lstat(draft);
    await link(draft, file);
    const descriptor = openSync(file, 'r');
    if (fstatSync(descriptor).ino === own.ino) return descriptor;
    closeSync(descriptor);
    return null;
  } catch (error) {
    // Removed between two steps; a directory that is missing is an error.
    const isRemoved = hasCode(error, 'ENOENT') && existsSync(path.dirname(file));
    if (hasCode(error, 'EEXIST') || isRemoved) return null;
    throw error;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/** Returns where something that is no file was moved to, which nobody but its owner may delete; null otherwise. */
async function removeIfSame(file: string, content: string): Promise<string | null> {
  if ((await readIfThere(file)) !== content) return null;
  try {
    if ((await lstat(file)).isFile()) {
      await unlink(file);
      return null;
    }
    const aside = `${file}.displaced-${randomUUID()}`;
    await rename(file, aside);
    return aside;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    return null;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return errorCode(error) === code;
}

function alreadyRunning(file: string, pid: number): ApiError {
  return {
    ...withDetails('supervisor.already-running', {pid}),
    message: `A supervisor is already running (pid ${pid}); it holds ${file}.`,
    remedy: 'Use it: gantry status. For a new one: gantry supervisor restart; the engine keeps serving.',
  };
}

function heldElsewhere(file: string, holder: Holder): ApiError {
  return {
    code: 'supervisor.held-elsewhere',
    message: `${file} is held by a supervisor ${isInOtherContainer(holder) ? 'in the container' : 'on the host'} ${holder.hostname} (pid ${holder.pid} there).`,
    remedy: `Set GANTRY_STATE_DIR to another directory, which only this host or container uses, or delete that file when ${holder.hostname} is gone.`,
  };
}

function notInTime(file: string): ApiError {
  return unusable(file, new Error(`could not be acquired within ${secondsText(GIVE_UP_AFTER_MS)}`));
}

function unusable(file: string, error: unknown): ApiError {
  return {
    code: 'supervisor.lock-unusable',
    message: `The lock ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'Check the permissions and the free space of its directory, or set GANTRY_STATE_DIR to another directory.',
  };
}
