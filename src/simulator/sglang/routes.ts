import {type Api, completionRoutes, fastApiAnswers, modelList, type PageHandler} from '../serving/api-server.ts';
import type {ServedModel} from '../serving/exchange.ts';
import type {SglangOptions} from './options.ts';
import {SGLANG_VERSION} from './print-log.ts';

/** How long /health waits for a token of a hung engine (SGLANG_HEALTH_CHECK_TIMEOUT). */
const HEALTH_TIMEOUT_MS = 20_000;

/** What the server returns besides answers of the model. */
export type SglangPages = {
  readonly options: SglangOptions;
  readonly createdSeconds: number;
  readonly status: () => 'starting' | 'up' | 'stopping';
  readonly metricsPage: () => string;
};

/** Needs a real token: 503 while it starts or stops, and late if the schedulers hang. */
const health: PageHandler<SglangPages> = ({send}, {status}, world) => {
  if (status() !== 'up' || world.isDead()) send(503);
  else if (world.engine.isHung) setTimeout(() => send(503), HEALTH_TIMEOUT_MS);
  else send(200);
};

/** The HTTP API of `sglang serve`. */
export const sglangApi: Api<SglangPages> = {
  routes: {
    '/health': {GET: health},
    '/health_generate': {GET: health},
    '/ping': {GET: health, POST: health},
    '/v1/models': {
      GET: ({send}, {options, createdSeconds}, world) =>
        send(
          200,
          modelList(
            world.options,
            {created: createdSeconds, owned_by: 'sglang'},
            {root: options.servedModelName, parent: null, max_model_len: options.contextLength},
          ),
        ),
    },
    '/server_info': {GET: ({send}) => send(200, {version: SGLANG_VERSION, internal_states: []})},
    '/metrics': {
      GET: ({send}, {options, metricsPage}) =>
        options.hasMetrics ? send(200, metricsPage()) : send(404, fastApiAnswers.notFound.body),
    },
    ...completionRoutes,
  },
  isOpen: (path) => path.startsWith('/health') || path.startsWith('/metrics'),
  ...fastApiAnswers,
  unavailable: () => null,
};

/** What clients can see of the model. */
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
