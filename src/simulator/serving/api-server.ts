import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {PromptMemory} from './completion-requests.ts';
import {complete} from './completions.ts';
import type {Exchange, RememberingWorld, ServedModel, ServerWorld} from './exchange.ts';

/** Answers one exchange; `pages` is what the engine returns besides answers of the model. */
export type PageHandler<Pages> = (exchange: Exchange, pages: Pages, world: RememberingWorld) => void | Promise<void>;

/** Handlers by path and method. */
export type Routes<Pages> = Readonly<Record<string, Readonly<Record<string, PageHandler<Pages>>>>>;

/** A status and its body. */
export type Answer = {readonly status: number; readonly body: object};

/** An engine's HTTP API: the differences between engines, as data. */
export type Api<Pages> = {
  readonly routes: Routes<Pages>;
  /** Whether a path answers without the key of the API. */
  readonly isOpen: (path: string) => boolean;
  readonly unauthorized: Answer;
  readonly notFound: Answer;
  readonly methodNotAllowed: Answer;
  /** The current answer of every path, `null` for the usual one. */
  readonly unavailable: (pages: Pages) => Answer | null;
};

/** Input of every engine's pages. */
export type ServedPages = {readonly options: {readonly apiKey: string | null}};

/** The routes of the model's own answers, the same for every engine. */
export const completionRoutes: Routes<unknown> = {
  '/v1/chat/completions': {POST: (exchange, _, world) => complete('chat', world, exchange)},
  '/v1/completions': {POST: (exchange, _, world) => complete('text', world, exchange)},
};

/** The errors of FastAPI behind uvicorn. */
export const fastApiAnswers = {
  unauthorized: {status: 401, body: {error: 'Unauthorized'}},
  notFound: {status: 404, body: {detail: 'Not Found'}},
  methodNotAllowed: {status: 405, body: {detail: 'Method Not Allowed'}},
} as const;

/** The OpenAI-compatible server of an engine, not yet listening. */
export function createApiServer<Pages extends ServedPages>(world: ServerWorld, api: Api<Pages>, pages: Pages): Server {
  const remembering: RememberingWorld = {...world, prompts: new PromptMemory()};
  const server = createServer((request, response) => {
    void answer(remembering, api, pages, request, response);
  });
  // A stream may be silent while a request waits.
  server.requestTimeout = 0;
  return server;
}

/** True once the server listens; false if the address is in use. */
export function listen(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => resolve(true));
  });
}

/** The list of models: each name once, with the engine's own fields. */
export function modelList(
  {servedModelNames}: Pick<ServedModel, 'servedModelNames'>,
  entry: {readonly created: number; readonly owned_by: string},
  added: object,
): object {
  const data = servedModelNames.map((id) => ({id, object: 'model', ...entry, ...added}));
  return {object: 'list', data};
}

async function answer<Pages extends ServedPages>(
  world: RememberingWorld,
  api: Api<Pages>,
  pages: Pages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const handlers = Object.hasOwn(api.routes, path) ? api.routes[path] : undefined;
  const exchange = createExchange(world, {request, response, path, handler: handlers === undefined ? 'none' : path});
  const handler = handlers?.[request.method ?? 'GET'];
  const refusal = refusalOf(api, pages, path, request);
  if (refusal !== null) return exchange.send(refusal.status, refusal.body);
  if (handler === undefined) {
    const {status, body} = handlers === undefined ? api.notFound : api.methodNotAllowed;
    return exchange.send(status, body);
  }
  try {
    await handler(exchange, pages, world);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else exchange.send(500, world.options.errorBody(String(error), 'InternalServerError', 500));
  }
}

function refusalOf<Pages extends ServedPages>(
  {isOpen, unauthorized, unavailable}: Api<Pages>,
  pages: Pages,
  path: string,
  request: IncomingMessage,
): Answer | null {
  const {apiKey} = pages.options;
  const isAllowed = apiKey === null || isOpen(path) || keyOf(request) === apiKey;
  return isAllowed ? unavailable(pages) : unauthorized;
}

/** The key of a request, from either of the headers that engines read. */
function keyOf(request: IncomingMessage): string | null {
  const {authorization} = request.headers;
  const key = request.headers['x-api-key'];
  if (authorization?.startsWith('Bearer ') === true) return authorization.slice('Bearer '.length);
  return typeof key === 'string' ? key : null;
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
