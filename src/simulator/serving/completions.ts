import {randomUUID} from 'node:crypto';
import type {IncomingMessage} from 'node:http';
import {answerToken} from './answer-text.ts';
import {type CompletionRequest, parseCompletionRequest} from './completion-requests.ts';
import {
  contextOverflowText,
  endingChunk,
  openingChunk,
  type ResponseHead,
  tokenChunk,
  type Usage,
  usageChunk,
  wholeResponse,
} from './completion-responses.ts';
import type {Exchange, RememberingWorld, ServerWorld} from './exchange.ts';
import type {ServingEngine} from './serving-engine.ts';

const MAX_BODY_BYTES = 32 * 2 ** 20;

/** Answers a chat or text completion: refuses invalid requests like the engines, else generates it. */
export async function complete(kind: 'chat' | 'text', world: RememberingWorld, exchange: Exchange): Promise<void> {
  const {options, maxModelLen} = world;
  const {errorBody} = options;
  const body = await readBody(exchange.request);
  if (!body.ok) return exchange.send(body.status, errorBody(body.message, 'BadRequestError', body.status));
  const request = parseCompletionRequest(kind, body.value);
  if ('error' in request) return exchange.send(400, errorBody(request.error, 'BadRequestError', 400));
  if (request.model !== null && !options.servedModelNames.includes(request.model)) {
    const message = `The model \`${request.model}\` does not exist.`;
    return exchange.send(404, errorBody(message, 'NotFoundError', 404, 'model'));
  }
  const wanted = request.maxTokens ?? 1;
  if (wanted < 1) {
    return exchange.send(
      400,
      errorBody(`max_tokens must be at least 1, got ${wanted}.`, 'BadRequestError', 400, 'max_tokens'),
    );
  }
  if (request.promptTokens + wanted > maxModelLen) {
    const message = contextOverflowText(request.promptTokens, wanted, maxModelLen);
    return exchange.send(400, errorBody(message, 'BadRequestError', 400, 'input_tokens'));
  }
  if (world.isDead()) {
    return exchange.send(
      500,
      errorBody(
        'EngineCore encountered an issue. See stack trace (above) for the root cause.',
        'InternalServerError',
        500,
      ),
    );
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
    reasoningField: world.options.reasoningField,
  };
  const writer = request.isStream
    ? streamWriter(world, exchange, head, request)
    : wholeWriter(world, exchange, head, request);
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
      if (reason === 'error')
        return exchange.send(
          500,
          world.options.errorBody('EngineCore encountered an issue.', 'InternalServerError', 500),
        );
      const usage = usageOf(world, request, tokens);
      const reasoning = parts.reasoning === '' ? null : parts.reasoning;
      exchange.send(
        200,
        wholeResponse(head, {reasoning, content: parts.content === '' ? null : parts.content, reason, usage}),
      );
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
    response.writeHead(200, {'content-type': 'text/event-stream; charset=utf-8', server: world.options.serverName});
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
      if (request.includesUsage || world.options.forcesUsage)
        writeEvent(usageChunk(head, usageOf(world, request, tokens)));
      writeEvent('[DONE]');
      response.end();
    },
  };
}

type Body =
  | {readonly ok: true; readonly value: unknown}
  | {readonly ok: false; readonly status: number; readonly message: string};

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
