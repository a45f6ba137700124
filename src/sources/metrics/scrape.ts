import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {afterAwake} from '../host/awake-time.ts';
import {doing, type ExternalWork} from '../host/external-work.ts';
import {askHttp} from '../http/ask-http.ts';
import {type HttpFault, httpFault} from '../http/http-fault.ts';
import {type ExpositionError, MAX_EXPOSITION_BYTES, tooLarge} from './exposition-errors.ts';
import {type Exposition, ExpositionReader} from './exposition-reader.ts';
import type {KnownSeries} from './known-series.ts';

export type ScrapeRequest<T> = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The names of the series that are read; all others are skipped. */
  readonly isWanted: (series: string) => boolean;
  /** Of earlier scrapes of the same page. */
  readonly known: KnownSeries;
  /** What is made of the whole page, under the limit of work on outside data. */
  readonly use: (page: Exposition) => T;
  /** A scrape that takes longer, up to its last byte, is cancelled. */
  readonly timeoutMs: number;
  /** Cancels the scrape immediately; its result is then ignored. */
  readonly signal: AbortSignal;
};

/** Reads an engine's metrics once, completely or not at all. */
export async function scrape<T>(request: ScrapeRequest<T>): Promise<Result<T, ExpositionError>> {
  // One controller per scrape: a signal as long-lived as the source would collect listeners.
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let isLate = false;
  const cancel = afterAwake(request.timeoutMs, () => {
    isLate = true;
    abort();
  });
  request.signal.addEventListener('abort', abort, {once: true});
  let page: Awaited<ReturnType<typeof readPage>>;
  try {
    page = await readPage(request, controller.signal);
  } catch (error) {
    return err(isLate ? timedOut(request.timeoutMs) : noAnswer(httpFault(error)));
  } finally {
    cancel();
    request.signal.removeEventListener('abort', abort);
  }
  return page.ok ? finished(page.value, request) : page;
}

/** All but the last part has been read. */
type AlmostRead = {readonly reader: ExpositionReader; readonly lastPart: string};

async function readPage(
  {url, headers, isWanted, known}: Omit<ScrapeRequest<unknown>, 'use'>,
  signal: AbortSignal,
): Promise<Result<AlmostRead, ExpositionError>> {
  // A redirect is treated as an answer: its target is not this engine.
  const response = await askHttp(url, {headers: {accept: 'text/plain', ...headers}, signal});
  if (!response.ok) {
    response.discard();
    return err(badStatus(response.status));
  }
  const reader = new ExpositionReader(isWanted, known);
  const decoder = new TextDecoder();
  let bytes = 0;
  let lastPart = '';
  // Read as it arrives: between two parts, everything else has its turn. Leaving the loop closes the connection.
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > MAX_EXPOSITION_BYTES) return err(tooLarge());
    const text = decoder.decode(chunk, {stream: true});
    if (text === '') continue;
    const part = lastPart;
    const error = part === '' ? null : doing(workOn(url), () => reader.push(part));
    if (error !== null) return err(error);
    lastPart = text;
  }
  return ok({reader, lastPart});
}

/** Every limit of work costs a thread: the last part, mostly the only one, is read and used under one. */
function finished<T>(
  {reader, lastPart}: AlmostRead,
  {url, use}: Pick<ScrapeRequest<T>, 'url' | 'use'>,
): Result<T, ExpositionError> {
  return doing(workOn(url), () => {
    const error = reader.push(lastPart);
    if (error !== null) return err(error);
    // Every line ends with a line feed; without it, the last number may be cut.
    const isWhole = lastPart === '' || lastPart.endsWith('\n');
    return isWhole ? ok(use(reader.result())) : err(brokenOff('it ends within a line'));
  });
}

function workOn(url: string): ExternalWork {
  return {kind: 'metrics', subject: url, fromBytes: null, toBytes: null};
}

function badStatus(status: number): ExpositionError {
  return {
    code: 'source.metrics.http-status',
    message: `The engine answered /metrics with status ${status}.`,
    remedy:
      status === 401 || status === 403
        ? '/metrics requires an API key: configure it.'
        : 'Check that the engine exposes metrics; some need a flag for it.',
  };
}

function timedOut(timeoutMs: number): ExpositionError {
  return {
    code: 'source.metrics.timeout',
    message: `The engine did not return its metrics within ${secondsText(timeoutMs)}.`,
    remedy: 'A busy engine may answer late. If it persists, check whether tokens are generated and read the log.',
  };
}

function brokenOff(how: string): ExpositionError {
  return {
    code: 'source.metrics.broken-off',
    message: `The engine's response to /metrics was incomplete: ${how}.`,
    remedy: 'If it persists, read the log: the engine may be failing, or a proxy closes the connection.',
  };
}

function noAnswer({kind, detail}: HttpFault): ExpositionError {
  switch (kind) {
    case 'broken-off':
      return brokenOff(`the connection was closed too early (${detail})`);
    case 'not-http':
      return {
        code: 'source.metrics.not-http',
        message: `The program on the engine's port does not speak HTTP: ${detail}.`,
        remedy: 'Find the program that uses the port (ss -ltnp), or start the engine on another port.',
      };
    case 'unreachable':
      return {
        code: 'source.metrics.refused',
        message: `The engine does not answer on its port (${detail}).`,
        remedy: 'Read the log: the engine is still starting, has stopped, or listens on another port.',
      };
  }
}
