import {lstat} from 'node:fs/promises';
import path from 'node:path';
import {errorCode} from '../../../shared/error-code.ts';
import {reachSocket} from '../../../sources/host/reach-socket.ts';
import {SOCKET_NAME} from '../directories.ts';

/** A supervisor that has taken its lock listens within this time, also on a busy host. */
const LISTENS_AFTER_MS = 10_000;

/**
 * Whether the supervisor that wrote a lock in another container of this host still runs. Its pid says nothing here; that
 * something listens on its socket in the state directory does, whatever the container. `unknown` for a lock that was written
 * a moment ago.
 *
 * @param file - the lock
 */
export async function lifeByItsSocket(file: string): Promise<'alive' | 'gone' | 'unknown'> {
  const reached = await reachSocket(path.join(path.dirname(file), SOCKET_NAME));
  if (reached !== 'ECONNREFUSED' && reached !== 'ENOENT') return 'alive';
  try {
    const ageMs = Date.now() - (await lstat(file)).mtimeMs;
    return ageMs < LISTENS_AFTER_MS ? 'unknown' : 'gone';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'unknown';
    throw error;
  }
}
