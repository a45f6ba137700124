import {createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES} from 'node:http';
import {VLLM_VERSION} from '../start/log-lines.ts';
import {PromptMemory} from './completion-requests.ts';
import {errorBody} from './completion-responses.ts';
import {complete} from './completions.ts';
import type {AccessRecord, Exchange, Handler, RememberingWorld, ServerWorld} from './exchange.ts';

const guardedPaths = ['/v1', '/v2', '/inference', '/cohere'];

const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '/load': {GET: (_, {send}) => send(200, {server_load: 0})},
  '/version': {GET: (_, {send}) => send(200, {version: VLLM_VERSION})},
  '/health': {GET: sendHealth},
  '/metrics': {GET: sendMetrics},
  '/v1/models': {GET: sendModels},
  '/ping': {GET: sendHealth, POST: sendHealth},
  '/v1/chat/completions': {POST: (world, exchange) => complete('chat', world, exchange)},
  '/v1/completions': {POST: (world, exchange) => complete('text', world, exchange)},
};

/** The routes as the log announces them. */
export const routeLines: readonly string[] = Object.entries(routes).flatMap(([path, handlers]) =>
  Object.keys(handlers).map((method) => `Route: ${path}, Methods: ${method}`),
);

/** The OpenAI-compatible server, not yet listening. */
export function createApiServer(world: ServerWorld): Server {
  const remembering: RememberingWorld = {...world, prompts: new PromptMemory()};
  const server = createServer((request, response) => {
    void answer(remembering, request, response);
  });
  // A stream may be silent for as long as a request waits.
  server.requestTimeout = 0;
  return server;
}

async function answer(world: RememberingWorld, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const exchange = createExchange(world, {request, response, path});
  const handlers = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const handler = handlers?.[request.method ?? 'GET'];
  if (!isAuthorized(world.options.apiKey, path, request)) return exchange.send(401, {error: 'Unauthorized'});
  if (handlers === undefined) return exchange.send(404, {detail: 'Not Found'});
  if (handler === undefined) return exchange.send(405, {detail: 'Method Not Allowed'});
  try {
    await handler(world, exchange);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else exchange.send(500, errorBody(String(error), 'InternalServerError', 500));
  }
}

function createExchange(
  world: ServerWorld,
  {request, response, path}: {request: IncomingMessage; response: ServerResponse; path: string},
): Exchange {
  const client = `${request.socket.remoteAddress ?? '127.0.0.1'}:${request.socket.remotePort ?? 0}`;
  const handler = Object.hasOwn(routes, path) ? path : 'none';
  const record = (status: number): void =>
    world.onResponse({client, method: request.method ?? 'GET', path: request.url ?? path, handler, status});
  const send = (status: number, body?: object | string): void => {
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json';
    response.writeHead(status, {
      ...(body === undefined ? {} : {'content-type': type}),
      'content-length': Buffer.byteLength(text),
      server: 'uvicorn',
    });
    response.end(text);
    record(status);
  };
  return {request, response, send, record};
}

function isAuthorized(apiKey: string | null, path: string, request: IncomingMessage): boolean {
  if (apiKey === null || !guardedPaths.some((guarded) => path.startsWith(guarded))) return true;
  return request.headers.authorization === `Bearer ${apiKey}`;
}

function sendHealth(world: ServerWorld, {send}: Exchange): void {
  send(world.isDead() ? 503 : 200);
}

function sendMetrics(world: ServerWorld, {send}: Exchange): void {
  send(200, world.metricsPage());
}

function sendModels(world: ServerWorld, {send}: Exchange): void {
  const data = world.options.servedModelNames.map((id) => ({
    id,
    object: 'model',
    created: world.createdSeconds,
    owned_by: 'vllm',
    root: world.options.model,
    parent: null,
    max_model_len: world.maxModelLen,
    permission: [],
  }));
  send(200, {object: 'list', data});
}

/** A line of uvicorn's access log. */
export function accessLine({client, method, path, status}: AccessRecord): string {
  return `INFO:     ${client} - "${method} ${path} HTTP/1.1" ${status} ${STATUS_CODES[status] ?? ''}`;
}
