import {createServer, type Server} from 'node:http';
import type {ApiError} from '../../api/commands.ts';
import {ok, type Result} from '../../shared/result.ts';
import {createRouter} from './router.ts';
import type {ServerHandlers} from './server-handlers.ts';
import {claimSocket, listenPrivately} from './unix-socket.ts';

export type ServerOptions = {
  readonly socketPath: string;
  readonly handlers: ServerHandlers;
  /** Gantry's version, for the `server` header. */
  readonly version?: string;
  /** Called with an exception of a handler; without it, the stack is printed to stderr. */
  readonly onBug?: (error: unknown) => void;
  /** Interval of comments on quiet streams, so that both ends detect a dead connection. */
  readonly keepAliveMs?: number;
};

/** A listening server; `close` ends every stream and removes the socket. */
export type RunningServer = {readonly close: () => Promise<void>};

const KEEP_ALIVE_MS = 15_000;
const MAX_CONNECTIONS = 256;

/**
 * Serves the API on a Unix socket that only its owner can open. Connects first: if a server answers, the error is
 * `supervisor.already-running`; a stale socket is replaced. The caller must hold the supervisor's lock, so that no
 * second caller replaces a socket at the same time.
 */
export async function startServer(options: ServerOptions): Promise<Result<RunningServer, ApiError>> {
  const {socketPath, handlers, version = null, onBug = printBug, keepAliveMs = KEEP_ALIVE_MS} = options;
  const claimed = await claimSocket(socketPath);
  if (!claimed.ok) return claimed;
  const closing = new AbortController();
  const route = createRouter({handlers, version, onBug, keepAliveMs, closing: closing.signal});
  const server = createServer((request, response) => {
    void route(request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  const listening = await listenPrivately(server, socketPath);
  if (!listening.ok) return listening;
  server.on('error', onBug);
  return ok({close: () => closeServer(server, closing)});
}

async function closeServer(server: Server, closing: AbortController): Promise<void> {
  const closed = Promise.withResolvers<null>();
  server.close(() => closed.resolve(null));
  closing.abort();
  server.closeIdleConnections();
  // Pending responses get a short time to finish.
  const force = setTimeout(() => server.closeAllConnections(), 500);
  await closed.promise;
  clearTimeout(force);
}

function printBug(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
