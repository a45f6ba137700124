import type {Stats} from 'node:fs';

/** Thrown into a request that would reach a program of another user; the message names the path. */
export class ForeignSocketError extends Error {}

/**
 * Why nothing is sent to the socket: it belongs to another user, or is a link. Null for a socket of this user, wherever it
 * is, and for one that is not there. Asked before and after every connection: a socket that another user put at the path
 * would receive the operator's commands and answer as it likes.
 */
export function findForeignSocket(socketPath: string): ForeignSocketError | null {
  const socket = lstatOrNull(socketPath);
  if (socket === null) return null;
  if (socket.isSymbolicLink()) return new ForeignSocketError(`${socketPath} is a symbolic link`);
  return socket.uid === process.getuid?.()
    ? null
    : new ForeignSocketError(`${socketPath} belongs to user id ${socket.uid}`);
}

/** What cannot be looked at cannot be connected to either: the connection tells why. */
function lstatOrNull(socketPath: string): Stats | null {
  const {lstatSync} = process.getBuiltinModule('node:fs');
  try {
    return lstatSync(socketPath);
  } catch {
    return null;
  }
}
