import type {Stats} from 'node:fs';
import path from 'node:path';

const ROOT = 0;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/** Thrown into a request that would reach a program of another user. */
export class ForeignSocketError extends Error {}

/**
 * Why nothing is sent to the socket: it, or its directory, belongs to another user, or others could replace it. Null for
 * a socket of this user, and for one that is not there. Asked before every connection: a socket that another user put
 * at the path would receive the operator's commands and answer as it likes.
 */
export function findForeignSocket(socketPath: string): ForeignSocketError | null {
  const {lstatSync, statSync} = process.getBuiltinModule('node:fs');
  const own = process.getuid?.();
  const socket = statsOrNull(() => lstatSync(socketPath));
  if (socket === null) return null;
  if (socket.isSymbolicLink()) return new ForeignSocketError('is a symbolic link');
  if (socket.uid !== own) return new ForeignSocketError(`belongs to user id ${socket.uid}`);
  const directory = path.dirname(socketPath);
  const around = statsOrNull(() => statSync(directory));
  if (around === null) return null;
  if (around.uid !== own && around.uid !== ROOT) {
    return new ForeignSocketError(`is in ${directory}, which belongs to user id ${around.uid}`);
  }
  const isOpen = (around.mode & OTHERS_WRITE) !== 0 && (around.mode & STICKY) === 0;
  return isOpen ? new ForeignSocketError(`is in ${directory}, which everyone can write to`) : null;
}

/** What cannot be looked at cannot be connected to either: the connection tells why. */
function statsOrNull(read: () => Stats): Stats | null {
  try {
    return read();
  } catch {
    return null;
  }
}
