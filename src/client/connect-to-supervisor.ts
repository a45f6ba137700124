import type {Socket} from 'node:net';
import {err, ok, type Result} from '../shared/result.ts';
import {ForeignSocketError, findForeignSocket} from './socket-owner.ts';
import type {SilenceJudge} from './watch-silence.ts';

/** Paths of a supervisor's socket; the first is the one that errors name. */
type SocketPaths = readonly [first: string, ...others: readonly string[]];

/** How to reach a supervisor, and who knows why it is silent. */
export type Reach = {readonly paths: SocketPaths; readonly judge: SilenceJudge | undefined};

/**
 * A connection to the supervisor, by the first path at which a process listens; the last paths are tried first, because
 * only Gantry removes them. The error is that of the first path; one about a program of another user names every such path.
 */
export async function connectTo(paths: SocketPaths): Promise<Result<Socket, Error>> {
  let failed: Error = new Error('no path');
  const foreign: string[] = [];
  for (const path of paths.toReversed()) {
    const connected = await connect(path);
    if (connected.ok) return connected;
    failed = connected.error;
    if (failed instanceof ForeignSocketError) foreign.unshift(failed.message);
  }
  return err(failed instanceof ForeignSocketError ? new ForeignSocketError(foreign.join(', and ')) : failed);
}

function connect(path: string): Promise<Result<Socket, Error>> {
  const foreign = findForeignSocket(path);
  if (foreign !== null) return Promise.resolve(err(foreign));
  const connected = Promise.withResolvers<Result<Socket, Error>>();
  const socket = process.getBuiltinModule('node:net').createConnection(path);
  const onError = (error: Error): void => connected.resolve(err(error));
  socket.once('error', onError);
  socket.once('connect', () => {
    socket.off('error', onError);
    const replaced = findForeignSocket(path);
    if (replaced === null) return connected.resolve(ok(socket));
    socket.destroy();
    connected.resolve(err(replaced));
  });
  return connected.promise;
}
