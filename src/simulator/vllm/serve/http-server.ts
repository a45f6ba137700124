import {randomUUID} from 'node:crypto';
import {createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES} from 'node:http';
import type {ServeOptions} from '../flags.ts';
import {VLLM_VERSION} from '../start/log-lines.ts';
import {answerToken} from './answer-text.ts';
import {type CompletionRequest, parseCompletionRequest, PromptMemory} from './completion-requests.ts';
import {
  contextOverflowText,
  endingChunk,
  errorBody,
  openingChunk,
  type ResponseHead,
  tokenChunk,
  type Usage,
  usageChunk,
  wholeResponse,
} from './completion-responses.ts';
import type {ServingEngine} from './serving-engine.ts';

/** What the server needs of the engine behind it. */
export type ServerWorld = {
  readonly options: ServeOptions;
  readonly maxModelLen: number;
  readonly createdSeconds: number;
  readonly engine: ServingEngine;
  readonly metricsPage: () => string;
  readonly isDead: () => boolean;
  readonly onResponse: (response: AccessRecord) => void;
};
/** One line of the access log. */
export type AccessRecord = {
  readonly client: string;
  readonly method: string;
  readonly path: string;
  readonly handler: string;
  readonly status: number;
};

type Handler = (world: RememberingWorld, exchange: Exchange) => void | Promise<void>;
type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Sends a whole answer and records it. */
  readonly send: (status: number, body?: object | string) => void;
  /** Records an answer whose head has just gone out. */
  readonly record: (status: number) => void;
};

const MAX_BODY_BYTES = 32 * 2 ** 20;
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

type RememberingWorld = ServerWorld & {readonly prompts: PromptMemory};

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

async function complete(kind: 'chat' | 'text', world: RememberingWorld, exchange: Exchange): Promise<void> {
  const body = await readBody(exchange.request);
  if (!body.ok) return exchange.send(body.status, errorBody(body.message, 'BadRequestError', body.status));
  const request = parseCompletionRequest(kind, body.value);
  if ('error' in request) return exchange.send(400, errorBody(request.error, 'BadRequestError', 400));
  const {options, maxModelLen} = world;
  if (request.model !== null && !options.servedModelNames.includes(request.model)) {
    const message = `The model \`${request.model}\` does not exist.`;
    return exchange.send(404, errorBody(message, 'NotFoundError', 404, 'model'));
  }
  const wanted = request.maxTokens ?? 1;
  if (wanted < 1) {
    return exchange.send(400, errorBody(`max_tokens must be at least 1, got ${wanted}.`, 'BadRequestError', 400, 'max_tokens'));
  }
  if (request.promptTokens + wanted > maxModelLen) {
    const message = contextOverflowText(request.promptTokens, wanted, maxModelLen);
    return exchange.send(400, errorBody(message, 'BadRequestError', 400, 'input_tokens'));
  }
  if (world.isDead()) {
    return exchange.send(500, errorBody('EngineCore encountered an issue. See stack trace (above) for the root cause.', 'InternalServerError', 500));
  }
  generate(world, exchange, request);
}

function generate(world: RememberingWorld, exchange: Exchange, request: CompletionRequest): void {
  const id = `${request.kind === 'chat' ? 'chatcmpl' : 'cmpl'}-${randomUUID().replaceAll('-', '')}`;
  const head: ResponseHead = {
    kind: request.kind,
    id,
    created: Math.floor(Date.now() / 1000),
    model: world.options.servedModelNames[0] ?? world.options.model,
  };
  const writer = request.isStream ? streamWriter(world, exchange, head, request) : wholeWriter(world, exchange, head, request);
  exchange.response.once('close', () => {
    if (!exchange.response.writableFinished) world.engine.abort(id);
  });
  const prefix = world.options.isPrefixCachingEnabled ? world.prompts.hintsFor(id, request.promptText) : [];
  world.engine.submit(
    {
      id,
      arrivedAtMs: performance.now(),
      promptTokens: request.promptTokens,
      maxTokens: request.maxTokens ?? world.maxModelLen - request.promptTokens,
      naturalTokens: request.naturalTokens,
      cacheHints: prefix,
      cacheKey: id,
    },
    writer,
  );
}

type Writer = Parameters<ServingEngine['submit']>[1];

function usageOf(world: ServerWorld, request: CompletionRequest, tokens: {generated: number; cached: number}): Usage {
  return {
    promptTokens: request.promptTokens,
    completionTokens: tokens.generated,
    cachedTokens: world.options.hasPromptTokensDetails ? tokens.cached : null,
  };
}

function answerShape(world: ServerWorld, request: CompletionRequest): Parameters<typeof answerToken>[1] {
  return {naturalTokens: request.naturalTokens, reasons: request.kind === 'chat' && world.options.hasReasoningParser};
}

function wholeWriter(world: ServerWorld, exchange: Exchange, head: ResponseHead, request: CompletionRequest): Writer {
  const parts = {reasoning: '', content: ''};
  const tokens = {generated: 0, cached: 0};
  return {
    onTokens: (count, cachedTokens) => {
      tokens.cached = cachedTokens;
      for (let at = 0; at < count; at += 1) {
        const {part, text} = answerToken(tokens.generated, answerShape(world, request));
        parts[part] += text;
        tokens.generated += 1;
      }
    },
    onFinish: (reason) => {
      if (reason === 'error') return exchange.send(500, errorBody('EngineCore encountered an issue.', 'InternalServerError', 500));
      const usage = usageOf(world, request, tokens);
      const reasoning = parts.reasoning === '' ? null : parts.reasoning;
      exchange.send(200, wholeResponse(head, {reasoning, content: parts.content === '' ? null : parts.content, reason, usage}));
    },
  };
}

function streamWriter(world: ServerWorld, exchange: Exchange, head: ResponseHead, request: CompletionRequest): Writer {
  const tokens = {generated: 0, cached: 0};
  const {response} = exchange;
  const writeEvent = (event: object | '[DONE]'): void => {
    response.write(`data: ${event === '[DONE]' ? event : JSON.stringify(event)}\n\n`);
  };
  const open = (): void => {
    response.writeHead(200, {'content-type': 'text/event-stream; charset=utf-8', server: 'uvicorn'});
    exchange.record(200);
    if (request.kind === 'chat') writeEvent(openingChunk(head));
  };
  return {
    onTokens: (count, cachedTokens) => {
      tokens.cached = cachedTokens;
      if (tokens.generated === 0) open();
      for (let at = 0; at < count; at += 1) {
        writeEvent(tokenChunk(head, answerToken(tokens.generated, answerShape(world, request)), null));
        tokens.generated += 1;
      }
    },
    onFinish: (reason) => {
      if (reason === 'error' || !response.headersSent) return void response.destroy();
      writeEvent(endingChunk(head, reason));
      if (request.includesUsage || world.options.forcesUsage) writeEvent(usageChunk(head, usageOf(world, request, tokens)));
      writeEvent('[DONE]');
      response.end();
    },
  };
}

type Body = {readonly ok: true; readonly value: unknown} | {readonly ok: false; readonly status: number; readonly message: string};

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) return {ok: false, status: 413, message: 'Request body too large.'};
    chunks.push(part);
  }
  try {
    return {ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8'))};
  } catch (error) {
    return {ok: false, status: 400, message: `JSON decode error: ${String(error)}`};
  }
}

/** A line of uvicorn's access log. */
export function accessLine({client, method, path, status}: AccessRecord): string {
  return `INFO:     ${client} - "${method} ${path} HTTP/1.1" ${status} ${STATUS_CODES[status] ?? ''}`;
}
