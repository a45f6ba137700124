import {type Api, completionRoutes, modelList, type PageHandler} from '../serving/api-server.ts';
import type {ServedModel} from '../serving/exchange.ts';
import type {LlamaOptions} from './options.ts';
import {LLAMA_BUILD, LLAMA_COMMIT} from './print-log.ts';

/** What the server returns besides answers of the model. */
export type LlamaPages = {
  readonly options: LlamaOptions;
  readonly createdSeconds: number;
  readonly isLoading: () => boolean;
  readonly slotsPage: () => readonly object[];
  readonly metricsPage: () => string;
};

const health: PageHandler<LlamaPages> = ({send}) => send(200, {status: 'ok'});

const models: PageHandler<LlamaPages> = ({send}, {options, createdSeconds}, world) =>
  send(
    200,
    modelList(
      world.options,
      {created: createdSeconds, owned_by: 'llamacpp'},
      {aliases: [options.alias], meta: {n_ctx: options.contextSize, n_ctx_train: 262_144}},
    ),
  );

/** Answered by the loop that decodes: once it hangs, such a request waits for as long as its client does. */
const slots: PageHandler<LlamaPages> = ({send}, {slotsPage}, world) => {
  if (!world.engine.isHung) send(200, slotsPage());
};

/** As for the slots; that it is switched off is known without the loop. */
const metrics: PageHandler<LlamaPages> = ({send}, {options, metricsPage}, world) => {
  if (options.hasMetrics && !world.engine.isHung) send(200, metricsPage());
  else if (!options.hasMetrics) send(501, withoutMetrics);
};

const withoutMetrics = errorBody(
  'This server does not support metrics endpoint. Start it with `--metrics`',
  'not_supported_error',
  501,
);

const openPaths: ReadonlySet<string> = new Set(['/health', '/v1/health', '/']);

const fileNotFound = errorBody('File Not Found', 'not_found_error', 404);

/** The HTTP API of `llama-server`. It answers before the model is loaded, with an error. */
export const llamaApi: Api<LlamaPages> = {
  routes: {
    '/health': {GET: health},
    '/v1/health': {GET: health},
    '/v1/models': {GET: models},
    '/models': {GET: models},
    '/props': {
      GET: ({send}, {options}) =>
        send(200, {total_slots: options.slots, build_info: `b${LLAMA_BUILD}-${LLAMA_COMMIT}`}),
    },
    '/slots': {GET: slots},
    '/metrics': {GET: metrics},
    ...completionRoutes,
  },
  isOpen: (path) => openPaths.has(path),
  unauthorized: {status: 401, body: errorBody('Invalid API Key', 'authentication_error', 401)},
  notFound: {status: 404, body: fileNotFound},
  methodNotAllowed: {status: 405, body: fileNotFound},
  unavailable: ({isLoading}) =>
    isLoading() ? {status: 503, body: errorBody('Loading model', 'unavailable_error', 503)} : null,
};

/** What clients can see of the model. */
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
    errorBody,
  };
}

/** llama-server's error body. */
function errorBody(message: string, type: string, code: number): object {
  return {error: {code, message, type}};
}
