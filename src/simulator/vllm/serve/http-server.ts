import {type IncomingMessage, type Server, STATUS_CODES} from 'node:http';
import {complete} from '../../serving/completions.ts';
import type {AccessRecord, ServedModel, ServerWorld} from '../../serving/exchange.ts';
import {createApiServer, keyOf, type Routes} from '../../serving/http-server.ts';
import type {ServeOptions} from '../flags.ts';
import {VLLM_VERSION} from '../start/log-lines.ts';

const guardedPaths = ['/v1', '/v2', '/inference', '/cohere'];

/** What the server shows beside the answers of the model. */
export type VllmPages = {
  readonly options: ServeOptions;
  readonly createdSeconds: number;
  readonly metricsPage: () => string;
};

function routesOf({options, createdSeconds, metricsPage}: VllmPages): Routes {
  return {
    '/load': {GET: (_, {send}) => send(200, {server_load: 0})},
    '/version': {GET: (_, {send}) => send(200, {version: VLLM_VERSION})},
    '/health': {GET: sendHealth},
    '/metrics': {GET: (_, {send}) => send(200, metricsPage())},
    '/v1/models': {
      GET: ({maxModelLen}, {send}) => send(200, {object: 'list', data: modelsOf(options, createdSeconds, maxModelLen)}),
    },
    '/ping': {GET: sendHealth, POST: sendHealth},
    '/v1/chat/completions': {POST: (world, exchange) => complete('chat', world, exchange)},
    '/v1/completions': {POST: (world, exchange) => complete('text', world, exchange)},
  };
}

const announced: readonly (readonly [path: string, method: string])[] = [
  ['/load', 'GET'],
  ['/version', 'GET'],
  ['/health', 'GET'],
  ['/metrics', 'GET'],
  ['/v1/models', 'GET'],
  ['/ping', 'GET'],
  ['/ping', 'POST'],
  ['/v1/chat/completions', 'POST'],
  ['/v1/completions', 'POST'],
];

/** The routes as the log announces them. */
export const routeLines: readonly string[] = announced.map(([path, method]) => `Route: ${path}, Methods: ${method}`);

/** The server of `vllm serve`, not yet listening. */
export function createVllmServer(world: ServerWorld, pages: VllmPages): Server {
  const {apiKey} = pages.options;
  return createApiServer(world, {
    routes: routesOf(pages),
    notFound: {detail: 'Not Found'},
    methodNotAllowed: {detail: 'Method Not Allowed'},
    refuse: (path, request) =>
      isAuthorized(apiKey, path, request) ? null : {status: 401, body: {error: 'Unauthorized'}},
  });
}

/** What clients can tell of the model that these options serve. */
export function servedModelOf(options: ServeOptions): ServedModel {
  return {...options, reasoningField: 'reasoning', serverName: 'uvicorn', errorBody};
}

/** vLLM's error body. */
function errorBody(message: string, type: string, code: number, param: string | null = null): object {
  return {error: {message, type, param, code}};
}

function isAuthorized(apiKey: string | null, path: string, request: IncomingMessage): boolean {
  if (apiKey === null || !guardedPaths.some((guarded) => path.startsWith(guarded))) return true;
  return keyOf(request) === apiKey;
}

function sendHealth(world: ServerWorld, {send}: {readonly send: (status: number) => void}): void {
  send(world.isDead() ? 503 : 200);
}

function modelsOf(options: ServeOptions, created: number, maxModelLen: number): readonly object[] {
  return options.servedModelNames.map((id) => ({
    id,
    object: 'model',
    created,
    owned_by: 'vllm',
    root: options.model,
    parent: null,
    max_model_len: maxModelLen,
    permission: [],
  }));
}

/** A line of uvicorn's access log. */
export function accessLine({client, method, path, status}: AccessRecord): string {
  return `INFO:     ${client} - "${method} ${path} HTTP/1.1" ${status} ${STATUS_CODES[status] ?? ''}`;
}
