import http from 'node:http';
import {z} from 'zod';
import {type ApiError, apiErrorSchema} from '../api/commands.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {connectionError, incompatibleError, SilenceError} from './connection-error.ts';
import {createEventParser} from './event-parser.ts';
import {parseJson} from './parse-json.ts';

const MAX_ERROR_CHARACTERS = 64 * 1024;

/** Where events come from, and how long they may fail to come before the stream counts as broken. */
export type EventPlace = {readonly socketPath: string; readonly silenceMs: number};

export type EventQuestion<T> = {
  readonly path: string;
  /** Events of other names are passed over. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  readonly signal: AbortSignal;
};

/** The data of server-sent events, checked. Never throws; returns why the stream ended, null when the signal did it. */
export async function* readEvents<T>(
  place: EventPlace,
  {path, name, schema, signal}: EventQuestion<T>,
): AsyncGenerator<T, ApiError | null, undefined> {
  if (signal.aborted) return null;
  const opened = await openStream(place, path, signal);
  if (!opened.ok) return signal.aborted ? null : opened.error;
  const response = opened.value;
  const parser = createEventParser();
  try {
    for await (const chunk of response) {
      if (!(chunk instanceof Uint8Array)) continue;
      for (const event of parser.push(chunk)) {
        if (event.name !== name) continue;
        const value = parseJson(event.data);
        const parsed = schema.safeParse(value);
        if (!parsed.success) return incompatibleError(value, z.prettifyError(parsed.error));
        yield parsed.data;
        if (signal.aborted) return null;
      }
    }
  } catch (error) {
    if (signal.aborted) return null;
    if (!(error instanceof Error)) throw error;
    return connectionError(place.socketPath, error);
  } finally {
    response.destroy();
  }
  return signal.aborted ? null : connectionError(place.socketPath, new Error('it closed the stream'));
}

function openStream(
  {socketPath, silenceMs}: EventPlace,
  path: string,
  signal: AbortSignal,
): Promise<Result<http.IncomingMessage, ApiError>> {
  const opened = Promise.withResolvers<Result<http.IncomingMessage, ApiError>>();
  const outgoing = http.get({socketPath, path, signal, agent: false}, (response) => {
    if (response.statusCode === 200) opened.resolve(ok(response));
    else void readRefusal(response).then((error) => opened.resolve(err(error)));
  });
  let answering: http.IncomingMessage | null = null;
  outgoing.once('response', (response) => {
    answering = response;
  });
  outgoing.setTimeout(silenceMs, () => {
    // Destroyed through the request, an answer that has begun would not learn why.
    (answering ?? outgoing).destroy(new SilenceError(`has been silent for ${silenceMs / 1_000} s`));
  });
  outgoing.on('error', (error) => opened.resolve(err(connectionError(socketPath, error))));
  return opened.promise;
}

async function readRefusal(response: http.IncomingMessage): Promise<ApiError> {
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > MAX_ERROR_CHARACTERS) break;
    }
  } catch (error) {
    return incompatibleError(null, `the stream was refused: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const refusal = apiErrorSchema.safeParse(parseJson(text));
  return refusal.success ? refusal.data : incompatibleError(null, `it answered with status ${response.statusCode}.`);
}
