import {createConnection} from 'node:net';
import {errorCode} from '../../shared/error-code.ts';

const CONNECT_WITHIN_MS = 2_000;

/**
 * Whether something listens on a Unix socket: `connected`, or the code of the error, `ETIMEDOUT` after two seconds. A process
 * that is stopped still accepts connections.
 */
export function reachSocket(socketPath: string): Promise<string> {
  const reached = Promise.withResolvers<string>();
  const socket = createConnection(socketPath);
  socket.setTimeout(CONNECT_WITHIN_MS, () => reached.resolve('ETIMEDOUT'));
  socket.once('connect', () => reached.resolve('connected'));
  socket.once('error', (error) => reached.resolve(errorCode(error) ?? error.message));
  return reached.promise.finally(() => socket.destroy());
}
