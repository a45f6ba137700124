import {type IncomingMessage, type Server, STATUS_CODES} from 'node:http';
import {complete} from '../serving/completions.ts';
import type {AccessRecord, Exchange, Handler, ServedModel, ServerWorld} from '../serving/exchange.ts';
import {createApiServer, keyOf, type Routes} from '../serving/http-server.ts';
import {SGLANG_VERSION} from './log.ts';
import type {SglangOptions} from './options.ts';

/** How long /health waits for a token of a hung engine (SGLANG_HEALTH_CHECK_TIMEOUT). */
const HEALTH_TIMEOUT_MS = 20_000;

/** What the server shows beside the answers of the model. */
export type SglangPages = {
  readonly options: SglangOptions;
  readonly createdSeconds: number;
  readonly status: () => 'starting' | 'up' | 'stopping';
  readonly metricsPage: () => string;
};

/** The server of `sglang serve`, not yet listening. */
export function createSglangServer(world: ServerWorld, pages: SglangPages): Server {
  const {apiKey} = pages.options;
  return createApiServer(world, {
    routes: routesOf(pages),
    notFound: {detail: 'Not Found'},
    methodNotAllowed: {detail: 'Method Not Allowed'},
    refuse: (path, request) =>
      isAuthorized(apiKey, path, request) ? null : {status: 401, body: {error: 'Unauthorized'}},
  });
}

function routesOf({options, createdSeconds, status, metricsPage}: SglangPages): Routes {
  const health: Handler = (world, exchange) => sendHealth(world, exchange, status());
  const chat: Handler = (world, exchange) => complete('chat', world, exchange);
  const text: Handler = (world, exchange) => complete('text', world, exchange);
  return {
    '/health': {GET: health},
    '/health_generate': {GET: health},
    '/ping': {GET: health, POST: health},
    '/v1/models': {
      GET: (_, {send}) =>
        send(200, {
          object: 'list',
          data: [
            {
              id: options.servedModelName,
              object: 'model',
              created: createdSeconds,
              owned_by: 'sglang',
              root: options.servedModelName,
              parent: null,
              max_model_len: options.contextLength,
            },
          ],
        }),
    },
    '/server_info': {GET: (_, {send}) => send(200, {version: SGLANG_VERSION, internal_states: []})},
    '/v1/chat/completions': {POST: chat},
    '/v1/completions': {POST: text},
    ...(options.hasMetrics ? {'/metrics': {GET: (_: ServerWorld, {send}: Exchange) => send(200, metricsPage())}} : {}),
  };
}

/** A real token has to come out: 503 while it starts or stops, and late where the schedulers hang. */
function sendHealth(world: ServerWorld, {send}: Exchange, status: 'starting' | 'up' | 'stopping'): void {
  if (status !== 'up' || world.isDead()) send(503);
  else if (world.engine.isHung) setTimeout(() => send(503), HEALTH_TIMEOUT_MS);
  else send(200);
}

/** What clients can tell of the model that these options serve. */
export function servedModelOf(options: SglangOptions): ServedModel {
  return {
    model: options.model,
    servedModelNames: [options.servedModelName],
    hasReasoningParser: options.hasReasoningParser,
    reasoningField: 'reasoning_content',
    isPrefixCachingEnabled: true,
    hasPromptTokensDetails: false,
    forcesUsage: false,
    serverName: 'uvicorn',
    errorBody: (message, type, code, param) => ({object: 'error', message, type, param: param ?? null, code}),
  };
}

function isAuthorized(apiKey: string | null, path: string, request: IncomingMessage): boolean {
  if (apiKey === null || path.startsWith('/health') || path.startsWith('/metrics')) return true;
  return keyOf(request) === apiKey;
}

/** A line of uvicorn's access log. */
export function accessLine({client, method, path, status}: AccessRecord): string {
  return `INFO:     ${client} - "${method} ${path} HTTP/1.1" ${status} ${STATUS_CODES[status] ?? ''}`;
}
