import type {IncomingMessage, Server} from 'node:http';
import {complete} from '../serving/completions.ts';
import type {Exchange, Handler, ServedModel, ServerWorld} from '../serving/exchange.ts';
import {createApiServer, keyOf, type Routes} from '../serving/http-server.ts';
import {LLAMA_BUILD, LLAMA_COMMIT} from './log.ts';
import type {LlamaOptions} from './options.ts';

/** What the server shows beside the answers of the model. */
export type LlamaPages = {
  readonly options: LlamaOptions;
  readonly createdSeconds: number;
  readonly isLoading: () => boolean;
  readonly runningCount: () => number;
  readonly metricsPage: () => string;
};

const openPaths: ReadonlySet<string> = new Set(['/health', '/v1/health', '/']);

/** The server of `llama-server`, not yet listening. It answers before the model is there, and says so. */
export function createLlamaServer(world: ServerWorld, pages: LlamaPages): Server {
  const {apiKey} = pages.options;
  return createApiServer(world, {
    routes: routesOf(pages),
    notFound: {error: {code: 404, message: 'File Not Found', type: 'not_found_error'}},
    methodNotAllowed: {error: {code: 404, message: 'File Not Found', type: 'not_found_error'}},
    refuse(path, request) {
      if (apiKey !== null && !openPaths.has(path) && !isAuthorized(apiKey, request)) {
        return {status: 401, body: {error: {message: 'Invalid API Key', type: 'authentication_error', code: 401}}};
      }
      return pages.isLoading()
        ? {status: 503, body: {error: {message: 'Loading model', type: 'unavailable_error', code: 503}}}
        : null;
    },
  });
}

function routesOf({options, createdSeconds, runningCount, metricsPage}: LlamaPages): Routes {
  const health: Handler = (_, {send}) => send(200, {status: 'ok'});
  const chat: Handler = (world, exchange) => complete('chat', world, exchange);
  const text: Handler = (world, exchange) => complete('text', world, exchange);
  const models: Handler = (_, {send}) =>
    send(200, {
      object: 'list',
      data: [
        {
          id: options.alias,
          aliases: [options.alias],
          object: 'model',
          created: createdSeconds,
          owned_by: 'llamacpp',
          meta: {n_ctx: options.contextSize, n_ctx_train: 262_144},
        },
      ],
    });
  return {
    '/health': {GET: health},
    '/v1/health': {GET: health},
    '/v1/models': {GET: models},
    '/models': {GET: models},
    '/props': {
      GET: (_, {send}) => send(200, {total_slots: options.slots, build_info: `b${LLAMA_BUILD}-${LLAMA_COMMIT}`}),
    },
    '/slots': {GET: (_, {send}) => send(200, slotsOf(options, runningCount()))},
    '/metrics': {GET: (_, exchange) => sendMetrics(options, exchange, metricsPage)},
    '/v1/chat/completions': {POST: chat},
    '/v1/completions': {POST: text},
  };
}

function sendMetrics({hasMetrics}: LlamaOptions, {send}: Exchange, metricsPage: () => string): void {
  if (hasMetrics) send(200, metricsPage());
  else {
    send(501, {
      error: {
        code: 501,
        message: 'This server does not support metrics endpoint. Start it with `--metrics`',
        type: 'not_supported_error',
      },
    });
  }
}

function slotsOf({slots, contextSize}: LlamaOptions, running: number): readonly object[] {
  return Array.from({length: slots}, (_, id) => ({
    id,
    n_ctx: contextSize,
    speculative: false,
    is_processing: id < running,
  }));
}

/** What clients can tell of the model that these options serve. */
export function servedModelOf(options: LlamaOptions): ServedModel {
  return {
    model: options.model,
    servedModelNames: [options.alias],
    hasReasoningParser: true,
    reasoningField: 'reasoning_content',
    isPrefixCachingEnabled: true,
    hasPromptTokensDetails: true,
    forcesUsage: false,
    serverName: 'llama.cpp',
    errorBody: (message, type, code) => ({error: {code, message, type}}),
  };
}

function isAuthorized(apiKey: string, request: IncomingMessage): boolean {
  return keyOf(request) === apiKey;
}
