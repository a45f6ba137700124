import type {IncomingMessage, ServerResponse} from 'node:http';
import type {z} from 'zod';
import type {ApiError} from '../../api/commands.ts';
import {BUILD_HEADER, CLIENT_HEADER, CONFIGURATION_HEADER, ownBuild, TERMINAL_HEADER} from '../../api/headers.ts';
import {logLinesSchema} from '../../api/log-lines.ts';
import {apiPaths} from '../../api/paths.ts';
import {snapshotSchema} from '../../api/snapshot.ts';
import {err, type Result} from '../../shared/result.ts';
import {eventsDocument, streamEventRecord} from './event-record-stream.ts';
import type {StreamLimits} from './event-stream.ts';
import {streamLog} from './log-stream.ts';
import {
  costQuerySchema,
  eventStreamQuerySchema,
  eventsQuerySchema,
  historyQuerySchema,
  logPageQuerySchema,
  logQuerySchema,
  parseQuery,
  plainQuerySchema,
} from './query.ts';
import {type BodyKind, benchLeaseBody, benchResultBody, commandBody, parseBody, previewBody} from './request-body.ts';
import {type HttpError, type JsonAnswer, METRICS_TYPE, sendJson, sendParts, sendText} from './respond.ts';
import type {ServerHandlers} from './server-handlers.ts';
import {streamSnapshots} from './snapshot-stream.ts';

export type RouterOptions = {
  readonly handlers: ServerHandlers;
  readonly version: string | null;
  readonly onBug: (error: unknown) => void;
  readonly streams: StreamLimits;
  /** Aborted when the server closes: every stream ends. */
  readonly closing: AbortSignal;
};

type Exchange = RouterOptions & {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
};

type Route = {
  readonly method: 'GET' | 'POST';
  /** Answers the request, or returns the error to send. */
  readonly answer: (exchange: Exchange) => Promise<Result<null, HttpError>> | Result<null, HttpError>;
};

const done: Result<null, never> = {ok: true, value: null};

const routes: Readonly<Record<string, Route>> = {
  [apiPaths.snapshot]: {
    method: 'GET',
    answer: (exchange) =>
      withQuery(exchange, plainQuerySchema, () => {
        const stamp = exchange.handlers.configurationStamp?.() ?? null;
        if (stamp !== null) exchange.response.setHeader(CONFIGURATION_HEADER, stamp);
        replyChecked(exchange, snapshotSchema, exchange.handlers.getSnapshot());
      }),
  },
  [apiPaths.snapshotStream]: {
    method: 'GET',
    answer: (exchange) => withQuery(exchange, plainQuerySchema, () => streamSnapshots(vouched(exchange))),
  },
  [apiPaths.log]: {
    method: 'GET',
    answer: (exchange) =>
      withQuery(exchange, logQuerySchema, async ({tail}) =>
        replyChecked(exchange, logLinesSchema, await exchange.handlers.getLog(tail)),
      ),
  },
  [apiPaths.logPage]: {method: 'GET', answer: answerLogPage},
  [apiPaths.logStream]: {
    method: 'GET',
    answer: (exchange) => withQuery(exchange, logQuerySchema, ({tail}) => streamLog(vouched(exchange), tail)),
  },
  [apiPaths.history]: {
    method: 'GET',
    answer: (exchange) =>
      withQuery(exchange, historyQuerySchema, async ({pretty: _, ...query}) =>
        reply(vouched(exchange), {status: 200, body: await exchange.handlers.getHistory(query)}),
      ),
  },
  [apiPaths.cost]: {method: 'GET', answer: answerCost},
  [apiPaths.events]: {
    method: 'GET',
    answer: (exchange) =>
      withQuery(exchange, eventsQuerySchema, (query) =>
        reply(vouched(exchange), {status: 200, body: eventsDocument(exchange.handlers.getEvents(query))}),
      ),
  },
  [apiPaths.eventStream]: {
    method: 'GET',
    answer: (exchange) =>
      withQuery(exchange, eventStreamQuerySchema, (query) => streamEventRecord(vouched(exchange), query)),
  },
  [apiPaths.metrics]: {
    method: 'GET',
    answer: (exchange) =>
      withQuery(exchange, plainQuerySchema, async () =>
        sendText(exchange.response, 200, await exchange.handlers.getMetrics(), METRICS_TYPE),
      ),
  },
  [apiPaths.commands]: {method: 'POST', answer: answerCommand},
  [apiPaths.preview]: {method: 'POST', answer: answerPreview},
  [apiPaths.bench]: {
    method: 'POST',
    answer: (exchange) => answerBench(exchange, benchLeaseBody, exchange.handlers.takeBenchLease),
  },
  [apiPaths.benchResults]: {
    method: 'POST',
    answer: (exchange) => answerBench(exchange, benchResultBody, exchange.handlers.keepBench),
  },
  [apiPaths.benches]: {method: 'GET', answer: answerBenches},
};

/** Answers every request: routes, and errors as JSON with a code, a message and a remedy. */
export function createRouter(
  options: RouterOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    response.setHeader('server', options.version === null ? 'gantry' : `gantry/${options.version}`);
    try {
      const answered = await answer(options, request, response);
      if (answered.ok) return;
      // An unread rest of the body would be parsed as the next request.
      if (!request.complete) response.setHeader('connection', 'close');
      sendJson(response, {status: answered.error.status, body: answered.error.error}, true);
      request.resume();
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      options.onBug(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, {status: 500, body: bug(error)}, true);
    }
  };
}

function answer(
  options: RouterOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Result<null, HttpError>> | Result<null, HttpError> {
  // The host part of a request is ignored on a Unix socket.
  const url = URL.parse(`http://gantry${request.url ?? '/'}`);
  const route = url === null ? undefined : routes[url.pathname];
  if (url === null || route === undefined) return err(unknownPath(request.url ?? ''));
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (method !== route.method) {
    response.setHeader('allow', route.method === 'GET' ? 'GET, HEAD' : route.method);
    return err(wrongMethod(request.method ?? '', url.pathname, route.method));
  }
  return route.answer({...options, request, response, url});
}

async function withQuery<Schema extends z.ZodType>(
  exchange: Exchange,
  schema: Schema,
  use: (query: z.output<Schema>) => Promise<void> | void,
): Promise<Result<null, HttpError>> {
  const query = parseQuery(schema, exchange.url);
  if (!query.ok) return query;
  await use(query.value);
  return done;
}

function reply({response, url}: Exchange, body: JsonAnswer): void {
  sendJson(response, body, url.searchParams.has('pretty'));
}

/** Names the build in the answer: a client of the same one need not check what this program has written. */
function vouched(exchange: Exchange): Exchange {
  if (ownBuild !== null) exchange.response.setHeader(BUILD_HEADER, ownBuild);
  return exchange;
}

/** The same for a document that commands print as it is: it has passed its schema, and has the order of that. */
function replyChecked(exchange: Exchange, schema: z.ZodType, document: unknown): void {
  const checked = schema.safeParse(document);
  reply(checked.success ? vouched(exchange) : exchange, {
    status: 200,
    body: checked.success ? checked.data : document,
  });
}

async function answerLogPage(exchange: Exchange): Promise<Result<null, HttpError>> {
  const query = parseQuery(logPageQuerySchema, exchange.url);
  if (!query.ok) return query;
  const {pretty: _, ...asked} = query.value;
  const page = await exchange.handlers.getLogPage(asked);
  if (!page.ok) return err({status: 409, error: page.error});
  reply(vouched(exchange), {status: 200, body: page.value});
  return done;
}

async function answerCost(exchange: Exchange): Promise<Result<null, HttpError>> {
  const query = parseQuery(costQuerySchema, exchange.url);
  if (!query.ok) return query;
  const {pretty: indented, ...asked} = query.value;
  const cost = await exchange.handlers.getCost({...asked, isPretty: indented !== undefined});
  if (!cost.ok) return err({status: 409, error: cost.error});
  sendParts(vouched(exchange).response, cost.value, 'application/json');
  return done;
}

async function answerCommand(exchange: Exchange): Promise<Result<null, HttpError>> {
  const command = await parseBody(exchange.request, commandBody);
  if (!command.ok) return command;
  const commandReply = await exchange.handlers.runCommand(command.value, {
    client: nameIn(exchange.request, CLIENT_HEADER),
    terminal: nameIn(exchange.request, TERMINAL_HEADER),
  });
  reply(vouched(exchange), {status: commandReply.accepted ? 202 : 409, body: commandReply});
  return done;
}

async function answerPreview(exchange: Exchange): Promise<Result<null, HttpError>> {
  const request = await parseBody(exchange.request, previewBody);
  if (!request.ok) return request;
  const preview = await exchange.handlers.preview(request.value);
  if (!preview.ok) return err({status: 409, error: preview.error});
  reply(vouched(exchange), {status: 200, body: preview.value});
  return done;
}

/** A name that the client gives itself, if valid: it appears on screens and in the history. */
function nameIn({headers}: IncomingMessage, header: string): string | null {
  const name = headers[header];
  return typeof name === 'string' && /^[\w.@/-]{1,40}$/.test(name) ? name : null;
}

/** Answers with what the handler says; its error is a conflict with what there is. */
async function answerBench<Schema extends z.ZodType>(
  exchange: Exchange,
  kind: BodyKind<Schema>,
  use: (body: z.output<Schema>) => Result<unknown, ApiError>,
): Promise<Result<null, HttpError>> {
  const body = await parseBody(exchange.request, kind);
  if (!body.ok) return body;
  const used = use(body.value);
  if (!used.ok) return err({status: 409, error: used.error});
  reply(vouched(exchange), {status: 200, body: used.value});
  return done;
}

async function answerBenches(exchange: Exchange): Promise<Result<null, HttpError>> {
  const query = parseQuery(plainQuerySchema, exchange.url);
  if (!query.ok) return query;
  const benches = exchange.handlers.getBenches();
  if (!benches.ok) return err({status: 409, error: benches.error});
  reply(vouched(exchange), {status: 200, body: benches.value});
  return done;
}

function unknownPath(path: string): HttpError {
  return {
    status: 404,
    error: {
      code: 'api.unknown-path',
      message: `Unknown path ${path}.`,
      remedy: `Known paths: ${Object.keys(routes).join(', ')}.`,
    },
  };
}

function wrongMethod(method: string, path: string, expected: string): HttpError {
  return {
    status: 405,
    error: {code: 'api.wrong-method', message: `${method} is not allowed for ${path}.`, remedy: `Use ${expected}.`},
  };
}

function bug(error: unknown): {readonly code: string; readonly message: string; readonly remedy: string} {
  return {
    code: 'supervisor.bug',
    message: `The supervisor failed to handle this request: ${error instanceof Error ? error.message : String(error)}`,
    remedy: 'This is a bug in Gantry; the supervisor log has the details. The engine is not affected.',
  };
}
