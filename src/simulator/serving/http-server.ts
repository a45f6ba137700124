import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {PromptMemory} from './completion-requests.ts';
import type {Exchange, Handler, RememberingWorld, ServerWorld} from './exchange.ts';

/** Who answers which path, by method. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** What an engine's HTTP server does of its own. */
export type Api = {
  readonly routes: Routes;
  /** A status and body that forbid this request; null where it may pass. */
  readonly refuse: (path: string, request: IncomingMessage) => {readonly status: number; readonly body: object} | null;
  readonly notFound: object;
  readonly methodNotAllowed: object;
};

/** The OpenAI-compatible server, not yet listening. */
export function createApiServer(world: ServerWorld, api: Api): Server {
  const remembering: RememberingWorld = {...world, prompts: new PromptMemory()};
  const server = createServer((request, response) => {
    void answer(remembering, api, request, response);
  });
  // A stream may be silent for as long as a request waits.
  server.requestTimeout = 0;
  return server;
}

/** True once the server listens; false where the address is taken. */
export function listen(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => resolve(true));
  });
}

/** The key that a request brings, in either of the headers that engines read. */
export function keyOf(request: IncomingMessage): string | null {
  const {authorization} = request.headers;
  const key = request.headers['x-api-key'];
  if (authorization?.startsWith('Bearer ') === true) return authorization.slice('Bearer '.length);
  return typeof key === 'string' ? key : null;
}

async function answer(
  world: RememberingWorld,
  {routes, refuse, notFound, methodNotAllowed}: Api,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const isKnown = Object.hasOwn(routes, path);
  const exchange = createExchange(world, {request, response, path, handler: isKnown ? path : 'none'});
  const handlers = isKnown ? routes[path] : undefined;
  const handler = handlers?.[request.method ?? 'GET'];
  const refusal = refuse(path, request);
  if (refusal !== null) return exchange.send(refusal.status, refusal.body);
  if (handlers === undefined) return exchange.send(404, notFound);
  if (handler === undefined) return exchange.send(405, methodNotAllowed);
  try {
    await handler(world, exchange);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else exchange.send(500, world.options.errorBody(String(error), 'InternalServerError', 500));
  }
}

function createExchange(
  world: ServerWorld,
  {
    request,
    response,
    path,
    handler,
  }: {request: IncomingMessage; response: ServerResponse; path: string; handler: string},
): Exchange {
  const client = `${request.socket.remoteAddress ?? '127.0.0.1'}:${request.socket.remotePort ?? 0}`;
  const record = (status: number): void =>
    world.onResponse({client, method: request.method ?? 'GET', path: request.url ?? path, handler, status});
  const send = (status: number, body?: object | string): void => {
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json';
    response.writeHead(status, {
      ...(body === undefined ? {} : {'content-type': type}),
      'content-length': Buffer.byteLength(text),
      server: world.options.serverName,
    });
    response.end(text);
    record(status);
  };
  return {request, response, send, record};
}
