import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {apiPaths} from '../../../api/paths.ts';
import {type Finding, findingOf} from '../../../domain/diagnosis/finding.ts';
import {errorCode} from '../../../shared/error-code.ts';
import type {ListenAddress} from '../../../shared/loopback-address.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import {shownUrlOf} from '../../watch/watched-run.ts';
import {ConnectionBook} from '../connection-book.ts';
import {printBug} from '../http-server.ts';
import {METRICS_TYPE, sendText} from '../respond.ts';

/** Code of the finding about an address at which nothing can be served. */
const NOT_SERVED = 'supervisor.metrics-not-served';
const RETRY_MS = 10_000;
/** Each scraper keeps one. When there are more, the one that asks nothing for longest is closed. */
const MOST_CONNECTIONS = 32;
/** Headers are a few hundred bytes. */
const MOST_HEADER_BYTES = 4_096;
/** A client that sends or takes nothing for this long. */
const SLOW_CLIENT_MS = 10_000;
/** Between two scrapes of a usual interval the connection stays open. */
const KEEP_ALIVE_MS = 75_000;
const CHECK_LIMITS_MS = 2_000;

export type MetricsListenerOptions = {
  /** The page. */
  readonly text: () => Promise<string>;
  readonly onFinding: (finding: Finding) => void;
  readonly onFindingOver: (code: string) => void;
  /** Called with an exception of `text`; without it, the stack is printed to stderr. */
  readonly onBug?: (error: unknown) => void;
  /** After how long an address that is in use is tried again. */
  readonly retryMs?: number;
};

type Page = Pick<MetricsListenerOptions, 'text' | 'onBug'>;

/** Serves Gantry's metrics, and nothing else, on a TCP port. */
export type MetricsListener = {
  /** Listens there from now on, and nowhere else; null for nowhere. */
  readonly use: (address: ListenAddress | null) => void;
  readonly close: () => Promise<void>;
};

/** Listens nowhere before the first `use`. An address that cannot be used is a finding, and is tried again until it can. */
export function createMetricsListener(options: MetricsListenerOptions): MetricsListener {
  const {retryMs = RETRY_MS} = options;
  let wanted: ListenAddress | null = null;
  let server: Server | null = null;
  let retry: NodeJS.Timeout | undefined;
  /** One change after the other: a port is free only when the server before has closed. */
  let changes: Promise<void> = Promise.resolve();

  async function change(address: ListenAddress | null): Promise<void> {
    clearTimeout(retry);
    if (server !== null) await closed(server);
    server = null;
    if (address !== wanted) return;
    const problem = address === null ? null : await listen(address);
    if (problem === null || address === null) options.onFindingOver(NOT_SERVED);
    else {
      options.onFinding(notServed(address, problem, retryMs));
      retry = setTimeout(() => enqueue(address), retryMs);
      retry.unref();
    }
  }

  /** What keeps the server from listening there; null if it does. */
  async function listen(address: ListenAddress): Promise<string | null> {
    const next = createMetricsServer(options);
    const problem = await startedAt(next, address);
    if (problem !== null) return problem;
    next.on('error', () => enqueue(address));
    server = next;
    return null;
  }

  function enqueue(address: ListenAddress | null): void {
    changes = changes.then(() => change(address));
  }

  return {
    use(address) {
      if (address?.host === wanted?.host && address?.port === wanted?.port) return;
      wanted = address;
      enqueue(address);
    },
    async close() {
      wanted = null;
      enqueue(null);
      await changes;
    },
  };
}

function createMetricsServer(options: MetricsListenerOptions): Server {
  const connections = new ConnectionBook(MOST_CONNECTIONS);
  const server = createServer(
    {
      headersTimeout: SLOW_CLIENT_MS,
      requestTimeout: SLOW_CLIENT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
      connectionsCheckingInterval: CHECK_LIMITS_MS,
    },
    (request, response) => {
      connections.onRequest(request, response);
      answer(request, response, options);
    },
  );
  server.on('connection', (socket) => connections.add(socket));
  return server;
}

/** Reads only, and has only one page: commands are for the socket, which has an owner. */
function answer(request: IncomingMessage, response: ServerResponse, page: Page): void {
  // A client that does not take its answer.
  response.setTimeout(SLOW_CLIENT_MS, () => response.destroy());
  if (hasBody(request)) response.setHeader('connection', 'close');
  request.resume();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    sendText(response, 405, 'Only GET is possible here.\n', 'text/plain');
  } else if (URL.parse(`http://gantry${request.url ?? '/'}`)?.pathname === apiPaths.metrics) {
    void sendPage(response, page);
  } else sendText(response, 404, `Only ${apiPaths.metrics} is here.\n`, 'text/plain');
}

/** `complete` is unknown yet: no request is, when its headers have arrived. */
function hasBody({headers}: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

async function sendPage(response: ServerResponse, {text, onBug = printBug}: Page): Promise<void> {
  try {
    sendText(response, 200, await text(), METRICS_TYPE);
  } catch (error) {
    onBug(error);
    if (response.headersSent) response.destroy();
    else sendText(response, 500, 'The metrics could not be written: a bug in Gantry.\n', 'text/plain');
  }
}

function startedAt(server: Server, {host, port}: ListenAddress): Promise<string | null> {
  const started = Promise.withResolvers<string | null>();
  const onError = (error: Error): void => started.resolve(errorCode(error) ?? error.message);
  server.once('error', onError);
  server.listen({host, port, exclusive: true}, () => started.resolve(null));
  return started.promise.finally(() => server.off('error', onError));
}

function closed(server: Server): Promise<void> {
  const end = Promise.withResolvers<void>();
  server.close(() => end.resolve());
  server.closeAllConnections();
  return end.promise;
}

function notServed(address: ListenAddress, reason: string, retryMs: number): Finding {
  const place = `${shownUrlOf(address)}${apiPaths.metrics}`;
  const cause = reasons[reason] ?? reason;
  return findingOf(
    {
      code: NOT_SERVED,
      message: `Gantry's metrics cannot be served at ${place}: ${cause}.`,
      remedy: `Set metrics.listen to an address of this host with a free port (ss -ltn lists those in use). It is tried again every ${secondsText(retryMs)}; the metrics on the socket are not affected.`,
    },
    'warning',
  );
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this host does not have that address',
  EACCES: 'this user may not listen there; ports below 1024 are for root',
};
