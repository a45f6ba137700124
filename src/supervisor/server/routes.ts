import type {IncomingMessage, ServerResponse} from 'node:http';
import {z} from 'zod';
import {type ApiError, commandSchema} from '../../api/commands.ts';
import {historySeriesNameSchema, historySeriesNames} from '../../api/history.ts';
import {apiPaths} from '../../api/paths.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {prometheusText} from './prometheus-text.ts';
import type {ServerHandlers} from './server.ts';
import {streamLog, streamSnapshots} from './streams.ts';

const MAX_BODY_BYTES = 64 * 1024;
const DEFAULT_TAIL = 200;
const MAX_TAIL = 5_000;
const DEFAULT_WINDOW_MS = 300_000;

type Route = {
  readonly method: 'GET' | 'POST';
  readonly handle: (
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    handlers: ServerHandlers,
  ) => Promise<void> | void;
};

const routes: Readonly<Record<string, Route>> = {
  [apiPaths.snapshot]: {
    method: 'GET',
    handle: (_request, response, _query, handlers) => sendJson(response, 200, handlers.getSnapshot()),
  },
  [apiPaths.snapshotStream]: {
    method: 'GET',
    handle: (_request, response, _query, handlers) => streamSnapshots(response, handlers),
  },
  [apiPaths.log]: {
    method: 'GET',
    handle: (_request, response, query, handlers) => sendJson(response, 200, handlers.getLog(tailOf(query))),
  },
  [apiPaths.logStream]: {
    method: 'GET',
    handle: (_request, response, query, handlers) => streamLog(response, handlers, tailOf(query)),
  },
  [apiPaths.history]: {method: 'GET', handle: sendHistory},
  [apiPaths.commands]: {method: 'POST', handle: runCommand},
  [apiPaths.metrics]: {
    method: 'GET',
    handle(_request, response, _query, handlers) {
      response.writeHead(200, {'content-type': 'text/plain; version=0.0.4; charset=utf-8'});
      response.end(prometheusText(handlers.getSnapshot()));
    },
  },
};

/** Answers one request; whatever goes wrong becomes a JSON error. */
export async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  handlers: ServerHandlers,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://gantry');
    const route = routes[url.pathname];
    if (route === undefined) {
      sendError(response, 404, {
        code: 'api.unknown-path',
        message: `There is nothing at ${url.pathname}.`,
        remedy: `The paths are ${Object.keys(routes).join(', ')}.`,
      });
    } else if (route.method !== request.method) {
      response.setHeader('allow', route.method);
      sendError(response, 405, {
        code: 'api.wrong-method',
        message: `${url.pathname} takes ${route.method}, not ${request.method ?? 'nothing'}.`,
        remedy: `Send a ${route.method} request.`,
      });
    } else {
      await route.handle(request, response, url.searchParams, handlers);
    }
  } catch (error) {
    process.stderr.write(`gantry: a request failed: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    if (response.headersSent) response.destroy();
    else {
      sendError(response, 500, {
        code: 'api.bug',
        message: error instanceof Error ? error.message : String(error),
        remedy: 'This is a bug in Gantry; the supervisor log has the trace.',
      });
    }
  }
}

function sendHistory(
  _request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  handlers: ServerHandlers,
): void {
  const asked = query.get('series')?.split(',') ?? [...historySeriesNames];
  const names = z.array(historySeriesNameSchema).safeParse(asked);
  const windowMs = z.coerce.number().int().positive().safeParse(query.get('windowMs') ?? DEFAULT_WINDOW_MS);
  if (!names.success || !windowMs.success) {
    sendError(response, 400, {
      code: 'api.bad-request',
      message: `series=${asked.join(',')} and windowMs=${query.get('windowMs') ?? ''} are not understood.`,
      remedy: `series is a comma-separated list of ${historySeriesNames.join(', ')}; windowMs a whole number above 0.`,
    });
    return;
  }
  sendJson(response, 200, handlers.getHistory(names.data, windowMs.data));
}

async function runCommand(
  request: IncomingMessage,
  response: ServerResponse,
  _query: URLSearchParams,
  handlers: ServerHandlers,
): Promise<void> {
  const body = await readBody(request);
  if (!body.ok) {
    // The rest of an endless body is not waited for.
    response.setHeader('connection', 'close');
    sendError(response, 413, body.error);
    return;
  }
  const command = parseCommand(body.value);
  if (!command.ok) {
    sendError(response, 400, command.error);
    return;
  }
  const reply = await handlers.runCommand(command.value);
  sendJson(response, reply.accepted ? 202 : 409, reply);
}

function parseCommand(text: string): Result<z.infer<typeof commandSchema>, ApiError> {
  const remedy = 'Send one JSON object such as {"type":"stop","drainMs":60000}.';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return err({code: 'api.bad-json', message: `The body is not JSON: ${detail}.`, remedy});
  }
  const parsed = commandSchema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  return err({code: 'api.bad-command', message: `The command is not understood: ${z.prettifyError(parsed.error)}`, remedy});
}

async function readBody(request: IncomingMessage): Promise<Result<string, ApiError>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      return err({
        code: 'api.too-large',
        message: `The body is larger than ${MAX_BODY_BYTES} bytes.`,
        remedy: 'A command is a small JSON object.',
      });
    }
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks).toString('utf8'));
}

function tailOf(query: URLSearchParams): number {
  const asked = Number(query.get('tail') ?? DEFAULT_TAIL);
  return Number.isSafeInteger(asked) && asked > 0 ? Math.min(asked, MAX_TAIL) : DEFAULT_TAIL;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, {'content-type': 'application/json; charset=utf-8'});
  response.end(`${JSON.stringify(value)}\n`);
}

function sendError(response: ServerResponse, status: number, error: ApiError): void {
  sendJson(response, status, {error});
}
