import type http from 'node:http';
import type {ApiError} from '../api/commands.ts';
import {secondsText} from '../shared/quantities/durations.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {connectTo, type Reach} from './connect-to-supervisor.ts';
import {connectionError, SilenceError} from './connection-error.ts';
import {createEventParser, type ServerSentEvent} from './event-parser.ts';
import {nodeHttp} from './node-http.ts';
import {type LoadSchema, readDocument} from './request/read-document.ts';
import {type SilenceWatch, watchSilence} from './watch-silence.ts';

const MAX_ERROR_CHARACTERS = 64 * 1024;

/** Where to read events, and the silence after which the stream counts as broken. */
export type EventPlace = {
  readonly reach: Reach;
  readonly silenceMs: number;
  /** Silence of an open stream after which the cause is looked for. */
  readonly quietMs: number;
};

export type EventQuestion<T> = {
  readonly path: string;
  readonly headers?: http.OutgoingHttpHeaders;
  /** The document of an event, or what is wrong with it; null for one that is skipped. `headers` are those of the answer. */
  readonly read: ReadEvent<T>;
  readonly signal: AbortSignal;
};
export type ReadEvent<T> = (
  event: ServerSentEvent,
  headers: http.IncomingHttpHeaders,
) => Promise<Result<T, ApiError> | null>;

/** Reads the documents of the events with this name, and skips all others. */
export function eventsNamed<T>(name: string, schema: LoadSchema<T>): ReadEvent<T> {
  return async (event, headers) => (event.name === name ? readDocument(event.data, headers, schema) : null);
}

/** The documents of server-sent events, checked. Never throws; returns why the stream ended, null after an abort. */
export async function* readEvents<T>(
  place: EventPlace,
  question: EventQuestion<T>,
): AsyncGenerator<T, ApiError | null, undefined> {
  const {signal} = question;
  if (signal.aborted) return null;
  const [named] = place.reach.paths;
  const opened = await openStream(place, question);
  if (!opened.ok) return signal.aborted ? null : opened.error;
  const {response, silence} = opened.value;
  const parser = createEventParser();
  try {
    for await (const chunk of response) {
      silence.heard(place.quietMs);
      for (const event of parser.push(bytesOf(chunk))) {
        const document = await question.read(event, response.headers);
        if (document === null) continue;
        if (!document.ok) return document.error;
        yield document.value;
        if (signal.aborted) return null;
      }
    }
    return signal.aborted ? null : connectionError(named, new Error('it closed the stream'));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return signal.aborted ? null : connectionError(named, error);
  } finally {
    silence.end();
    response.destroy();
  }
}

/** A response without an encoding yields bytes. */
function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('A stream yielded something other than bytes');
}

type OpenStream = {readonly response: http.IncomingMessage; readonly silence: SilenceWatch};

async function openStream(
  {reach, silenceMs}: EventPlace,
  {path, headers, signal}: Omit<EventQuestion<unknown>, 'read'>,
): Promise<Result<OpenStream, ApiError>> {
  const [named] = reach.paths;
  const connected = await connectTo(reach.paths);
  if (!connected.ok) return err(connectionError(named, connected.error));
  const opened = Promise.withResolvers<Result<OpenStream, ApiError>>();
  const createConnection = () => connected.value;
  const outgoing = nodeHttp().get({createConnection, path, headers, signal}, (response) => {
    answering = response;
    if (response.statusCode === 200) opened.resolve(ok({response, silence}));
    else void readRefusal(response).then((error) => opened.resolve(err(error)));
  });
  let answering: http.IncomingMessage | null = null;
  // If destroyed through the request, a started response would not get the error.
  const giveUp = (error: Error): void => void (answering ?? outgoing).destroy(error);
  const silence = watchSilence(reach.judge, giveUp);
  outgoing.setTimeout(silenceMs, () => giveUp(new SilenceError(`has been silent for ${secondsText(silenceMs)}`)));
  outgoing.on('error', (error) => opened.resolve(err(connectionError(named, error))));
  const result = await opened.promise;
  if (!result.ok) silence.end();
  return result;
}

async function readRefusal(response: http.IncomingMessage): Promise<ApiError> {
  const {checkRefusal, unreadRefusal} = await import('./request/check-document.ts');
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > MAX_ERROR_CHARACTERS) break;
    }
  } catch (error) {
    return unreadRefusal(error);
  }
  return checkRefusal(text, response.statusCode);
}
