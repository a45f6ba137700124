import {createServer, type Server} from 'node:http';
import type {ApiError} from '../../api/commands.ts';
import {errorStack} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {ConnectionBook} from './connection-book.ts';
import {createEndpoint, type Endpoint} from './endpoint.ts';
import {createRouter} from './router.ts';
import type {ServerHandlers} from './server-handlers.ts';
import {together} from './unix-socket.ts';

export type ServerOptions = {
  readonly socketPath: string;
  /** Where it listens as well, for clients that do not reach the first path. */
  readonly secondSocketPath?: string | null;
  readonly handlers: ServerHandlers;
  /** Requests wait for this: it may listen at one path before what they are about is known. Default: none waits. */
  readonly isReady?: Promise<unknown>;
  /** Gantry's version, for the `server` header. */
  readonly version?: string;
  /** Called with an exception of a handler; without it, the stack is printed to stderr. */
  readonly onBug?: (error: unknown) => void;
  /** Interval of comments on quiet streams, so that both ends detect a dead connection. */
  readonly keepAliveMs?: number;
  readonly limits?: Partial<ConnectionLimits>;
};

/** How long a client may keep the server waiting, milliseconds, and how many may be connected. */
export type ConnectionLimits = {
  readonly connections: number;
  /** From the connection, or the end of the last response, until the headers of a request are complete. */
  readonly headersMs: number;
  /** Until its body is complete. */
  readonly requestMs: number;
  /** A stream whose client takes nothing for this long. */
  readonly unreadStreamMs: number;
};

const defaultLimits: ConnectionLimits = {
  connections: 256,
  headersMs: 10_000,
  requestMs: 30_000,
  unreadStreamMs: 60_000,
};

/** Where a server listens, or why it does not. */
export type Listening = {readonly path: string; readonly error: ApiError | null};

/** A listening server; `close` ends every stream and removes the sockets. */
export type RunningServer = {
  /** Listens again where its socket or directory is gone; one answer per path. */
  readonly keepListening: () => Promise<readonly Listening[]>;
  readonly close: () => Promise<void>;
};

const KEEP_ALIVE_MS = 15_000;
/** How long an idle connection that has had a response stays open: a command sends its next request immediately. */
const IDLE_MS = 5_000;
const CHECK_LIMITS_MS = 2_000;

/**
 * Serves the API on Unix sockets that only their owner can open. Connects first: if a server answers at the first path,
 * the error is `supervisor.already-running`; a stale socket is replaced. It is enough to listen at one of the paths. The
 * caller must hold the supervisor's lock, so that no second caller replaces a socket at the same time.
 */
export async function startServer(options: ServerOptions): Promise<Result<RunningServer, ApiError>> {
  const {socketPath, secondSocketPath = null, handlers, version = null, onBug = printBug} = options;
  const {isReady = Promise.resolve()} = options;
  const limits = {...defaultLimits, ...options.limits};
  const closing = new AbortController();
  const streams = {keepAliveMs: options.keepAliveMs ?? KEEP_ALIVE_MS, unreadMs: limits.unreadStreamMs};
  const route = createRouter({handlers, version, onBug, streams, closing: closing.signal});
  const connections = new ConnectionBook(limits.connections);
  const servers = [socketPath, secondSocketPath]
    .filter((path) => path !== null)
    .map((path) => {
      const server = createServer(
        {
          headersTimeout: limits.headersMs,
          requestTimeout: limits.requestMs,
          keepAliveTimeout: IDLE_MS,
          connectionsCheckingInterval: CHECK_LIMITS_MS,
        },
        (request, response) => {
          connections.onRequest(request, response);
          void isReady.then(() => route(request, response));
        },
      );
      server.on('connection', (socket) => connections.add(socket));
      return {server, endpoint: createEndpoint(server, path)};
    });
  const endpoints = servers.map(({endpoint}) => endpoint);
  const listening = await keepAll(endpoints);
  const errors = listening.flatMap(({error}) => error ?? []);
  const [first] = listening;
  const isHeard = errors.length < listening.length;
  if (first?.error != null && (!isHeard || first.error.code === 'supervisor.already-running')) {
    await closeServers(servers, closing);
    return err(first.error.code === 'supervisor.already-running' ? first.error : together(first.error, errors));
  }
  for (const {server} of servers) server.on('error', onBug);
  return ok({keepListening: () => keepAll(endpoints), close: () => closeServers(servers, closing)});
}

function keepAll(endpoints: readonly Endpoint[]): Promise<readonly Listening[]> {
  return Promise.all(
    endpoints.map(async ({path, keep}) => {
      const result = await keep();
      return {path, error: result.ok ? null : result.error};
    }),
  );
}

type Bound = {readonly server: Server; readonly endpoint: Endpoint};

async function closeServers(servers: readonly Bound[], closing: AbortController): Promise<void> {
  await Promise.all(servers.map(({endpoint}) => endpoint.close()));
  const closed = Promise.all(servers.map(({server}) => new Promise((resolve) => server.close(resolve))));
  closing.abort();
  for (const {server} of servers) server.closeIdleConnections();
  // Pending responses get a short time to finish.
  const force = setTimeout(() => {
    for (const {server} of servers) server.closeAllConnections();
  }, 500);
  await closed;
  clearTimeout(force);
}

/** An exception of a handler, for the log of the supervisor. */
export function printBug(error: unknown): void {
  process.stderr.write(`${errorStack(error)}\n`);
}
