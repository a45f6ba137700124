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
  /** Gets what a handler threw; without it, it goes to stderr with its stack. */
  readonly onBug?: (error: unknown) => void;
  /** Pause between comments on quiet streams, so that both ends notice a dead one. */
  readonly keepAliveMs?: number;
};

/** A listening server; `close` ends every stream and removes the socket. */
export type RunningServer = {readonly close: () => Promise<void>};

const KEEP_ALIVE_MS = 15_000;
const MAX_CONNECTIONS = 256;

/**
 * Serves the API on a Unix socket that only its owner may open. Connects first: where somebody answers, the error is
 * `supervisor.already-running`; a socket nobody listens on any more is replaced. Whoever calls this holds the
 * supervisor's lock, so that no second caller replaces a socket at the same time.
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
  // Answers under way get a moment; a client that does not read gets no more than that.
  const force = setTimeout(() => server.closeAllConnections(), 500);
  await closed.promise;
  clearTimeout(force);
}

function printBug(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
