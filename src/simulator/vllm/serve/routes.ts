import {
  type Api,
  completionRoutes,
  fastApiAnswers,
  modelList,
  type PageHandler,
  type Routes,
} from '../../serving/api-server.ts';
import type {ServedModel} from '../../serving/exchange.ts';
import type {ServeOptions} from '../flags.ts';
import {VLLM_VERSION} from '../start/print-log.ts';

/** What the server returns besides answers of the model. */
export type VllmPages = {
  readonly options: ServeOptions;
  readonly createdSeconds: number;
  readonly metricsPage: () => string;
};

const health: PageHandler<VllmPages> = ({send}, _, world) => send(world.isDead() ? 503 : 200);

const routes: Routes<VllmPages> = {
  '/load': {GET: ({send}) => send(200, {server_load: 0})},
  '/version': {GET: ({send}) => send(200, {version: VLLM_VERSION})},
  '/health': {GET: health},
  '/metrics': {GET: ({send}, {metricsPage}) => send(200, metricsPage())},
  '/v1/models': {
    GET: ({send}, {options, createdSeconds}, {maxModelLen}) =>
      send(
        200,
        modelList(
          options,
          {created: createdSeconds, owned_by: 'vllm'},
          {root: options.model, parent: null, max_model_len: maxModelLen, permission: []},
        ),
      ),
  },
  '/ping': {GET: health, POST: health},
  ...completionRoutes,
};

const guardedPaths = ['/v1', '/v2', '/inference', '/cohere'];

/** The HTTP API of `vllm serve`. */
export const vllmApi: Api<VllmPages> = {
  routes,
  isOpen: (path) => !guardedPaths.some((guarded) => path.startsWith(guarded)),
  ...fastApiAnswers,
  unavailable: () => null,
};

/** The routes as the log announces them. */
export const routeLines: readonly string[] = Object.entries(routes).flatMap(([path, handlers]) =>
  Object.keys(handlers).map((method) => `Route: ${path}, Methods: ${method}`),
);

/** What clients can see of the model. */
export function servedModelOf(options: ServeOptions): ServedModel {
  return {...options, reasoningField: 'reasoning', serverName: 'uvicorn', errorBody};
}

/** vLLM's error body. */
function errorBody(message: string, type: string, code: number, param: string | null = null): object {
  return {error: {message, type, param, code}};
}
