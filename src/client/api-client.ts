import http from 'node:http';
import {z} from 'zod';
import {
  type ApiError,
  apiErrorSchema,
  type CommandInput,
  type CommandReply,
  commandReplySchema,
} from '../api/commands.ts';
import {type History, type HistorySeriesName, historySchema} from '../api/history.ts';
import {type LogLines, logLinesSchema} from '../api/log.ts';
import {apiPaths} from '../api/paths.ts';
import {SNAPSHOT_SCHEMA_VERSION, type Snapshot, snapshotSchema} from '../api/snapshot.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {createEventParser} from './event-parser.ts';

const DEFAULT_TIMEOUT_MS = 10_000;

/** The supervisor's API, typed. Every answer is checked against its schema. */
export type ApiClient = {
  readonly getSnapshot: () => Promise<Result<Snapshot, ApiError>>;
  /** Every snapshot from now on, until the signal aborts or the supervisor goes away. */
  readonly snapshots: (signal: AbortSignal) => AsyncIterable<Snapshot>;
  readonly sendCommand: (command: CommandInput) => Promise<Result<CommandReply, ApiError>>;
  readonly getLog: (tail: number) => Promise<Result<LogLines, ApiError>>;
  /** New log lines after the newest `tail` ones, until the signal aborts or the supervisor goes away. */
  readonly logLines: (signal: AbortSignal, tail: number) => AsyncIterable<LogLines>;
  readonly getHistory: (
    series: readonly HistorySeriesName[],
    windowMs: number,
  ) => Promise<Result<History, ApiError>>;
};

/** A client of the supervisor on this socket. Connects anew for each request. */
export function createApiClient(options: {readonly socketPath: string; readonly timeoutMs?: number}): ApiClient {
  const place = {socketPath: options.socketPath, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS};
  const get = <T>(path: string, schema: z.ZodType<T>): Promise<Result<T, ApiError>> =>
    request(place, {method: 'GET', path}, schema);
  return {
    getSnapshot: () => get(apiPaths.snapshot, snapshotSchema),
    snapshots: (signal) => events(place.socketPath, apiPaths.snapshotStream, 'snapshot', snapshotSchema, signal),
    sendCommand: (command) =>
      request(place, {method: 'POST', path: apiPaths.commands, body: JSON.stringify(command)}, commandReplySchema),
    getLog: (tail) => get(`${apiPaths.log}?tail=${tail}`, logLinesSchema),
    logLines: (signal, tail) =>
      events(place.socketPath, `${apiPaths.logStream}?tail=${tail}`, 'lines', logLinesSchema, signal),
    getHistory: (series, windowMs) =>
      get(`${apiPaths.history}?series=${series.join(',')}&windowMs=${windowMs}`, historySchema),
  };
}

type Place = {readonly socketPath: string; readonly timeoutMs: number};
type Request = {readonly method: string; readonly path: string; readonly body?: string};

function request<T>(place: Place, {method, path, body}: Request, schema: z.ZodType<T>): Promise<Result<T, ApiError>> {
  return new Promise((resolve) => {
    const outgoing = http.request({socketPath: place.socketPath, method, path}, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', (error) => resolve(err(connectionError(place.socketPath, error))));
      response.on('end', () => resolve(parseAnswer(text, schema)));
    });
    outgoing.setTimeout(place.timeoutMs, () => outgoing.destroy(new TimeoutError()));
    outgoing.on('error', (error) => resolve(err(connectionError(place.socketPath, error))));
    outgoing.end(body);
  });
}

class TimeoutError extends Error {}

const errorAnswerSchema = z.object({error: apiErrorSchema});

function parseAnswer<T>(text: string, schema: z.ZodType<T>): Result<T, ApiError> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err(incompatible('the answer is not JSON'));
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const failure = errorAnswerSchema.safeParse(value);
  return err(failure.success ? failure.data.error : incompatible(z.prettifyError(parsed.error)));
}

function incompatible(detail: string): ApiError {
  return {
    code: 'supervisor.incompatible',
    message: `The supervisor speaks another version of the API (this one reads snapshot version ${SNAPSHOT_SCHEMA_VERSION}): ${detail}.`,
    remedy: 'End the old supervisor with SIGTERM (engines survive it) and run the command again.',
  };
}

function connectionError(socketPath: string, error: Error): ApiError {
  const code = 'code' in error ? String(error.code) : '';
  if (error instanceof TimeoutError) {
    return {
      code: 'supervisor.timeout',
      message: `The supervisor on ${socketPath} did not answer in time.`,
      remedy: 'Try again; if it stays silent, end it with SIGTERM: engines survive it, and the next command starts a new one.',
    };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      code: 'supervisor.no-permission',
      message: `The socket ${socketPath} belongs to somebody else.`,
      remedy: 'Run gantry as the user who started the supervisor.',
    };
  }
  return {
    code: 'supervisor.unavailable',
    message: `No supervisor answers on ${socketPath} (${code === '' ? error.message : code}).`,
    remedy: 'Start the engine with gantry up, open the console with gantry, or try gantry demo.',
  };
}

/** The data of server-sent events of one name; ends without an error when the connection does. */
async function* events<T>(
  socketPath: string,
  path: string,
  name: string,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  if (signal.aborted) return;
  const response = await openStream(socketPath, path, signal);
  if (response === null) return;
  const parser = createEventParser();
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) {
      for (const event of parser.push(String(chunk))) {
        if (event.name !== name) continue;
        const parsed = schema.safeParse(JSON.parse(event.data));
        if (parsed.success) yield parsed.data;
      }
    }
  } catch (error) {
    // A supervisor that was killed cuts the stream in the middle: for its reader that is the end, like any other.
    if (!(error instanceof Error && 'code' in error)) throw error;
  } finally {
    response.destroy();
  }
}

function openStream(socketPath: string, path: string, signal: AbortSignal): Promise<http.IncomingMessage | null> {
  return new Promise((resolve) => {
    const outgoing = http.get({socketPath, path, signal}, (response) => {
      if (response.statusCode === 200) resolve(response);
      else {
        response.destroy();
        resolve(null);
      }
    });
    outgoing.on('error', () => resolve(null));
  });
}
