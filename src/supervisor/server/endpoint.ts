import type {Server} from 'node:http';
import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {claimDirectory} from '../state-dir/ownership/claim-directory.ts';
import {cannotListen, claimSocket, type FileIdentity, isAt, listenPrivately, removeIfAt} from './unix-socket.ts';

/** One path at which a server listens, and continues to listen if its socket or its directory is removed. */
export type Endpoint = {
  readonly path: string;
  /**
   * Listens; again if the socket was removed or replaced. Connections that exist continue. What is at the path now is
   * left as it is, unless it is a socket on which no process listens.
   */
  readonly keep: () => Promise<Result<null, ApiError>>;
  /** Stops listening and removes the socket, if it is still this one. */
  readonly close: () => Promise<void>;
};

/** The server's socket at this path; nothing happens before the first `keep`. */
export function createEndpoint(server: Server, socketPath: string): Endpoint {
  let own: FileIdentity | null = null;
  return {
    path: socketPath,
    async keep() {
      if (own !== null && isAt(socketPath, own)) return ok(null);
      const made = await claimDirectory(path.dirname(socketPath), () => true);
      if (!made.ok) return err({...cannotListen(socketPath, made.error.message), remedy: made.error.remedy});
      const claimed = await claimSocket(socketPath);
      if (!claimed.ok) return claimed;
      if (server.listening) server.close();
      const listening = await listenPrivately(server, socketPath);
      if (!listening.ok) return listening;
      own = listening.value;
      return ok(null);
    },
    async close() {
      if (own !== null) await removeIfAt(socketPath, own);
    },
  };
}
