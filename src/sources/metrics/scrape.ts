import type {MetricFamily} from '../../samples/exposition.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {afterAwake} from '../host/awake-time.ts';
import {type FetchFault, fetchFault} from '../http/fetch-fault.ts';
import {readBody} from '../http/read-body.ts';
import {type ExpositionError, MAX_EXPOSITION_BYTES, parseExposition, tooLarge} from './parse-exposition.ts';

export type ScrapeRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A scrape that takes longer, up to its last byte, is cancelled. */
  readonly timeoutMs: number;
  /** Cancels the scrape immediately; its result is then ignored. */
  readonly signal: AbortSignal;
};

/** Reads an engine's metrics once, completely or not at all. */
export async function scrape(request: ScrapeRequest): Promise<Result<readonly MetricFamily[], ExpositionError>> {
  // One controller per scrape: a signal as long-lived as the source would collect listeners.
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let isLate = false;
  const cancel = afterAwake(request.timeoutMs, () => {
    isLate = true;
    abort();
  });
  request.signal.addEventListener('abort', abort, {once: true});
  try {
    const page = await readPage(request, controller.signal);
    return page.ok ? parseExposition(page.value) : page;
  } catch (error) {
    return err(isLate ? timedOut(request.timeoutMs) : noAnswer(fetchFault(error)));
  } finally {
    cancel();
    request.signal.removeEventListener('abort', abort);
  }
}

async function readPage({url, headers}: ScrapeRequest, signal: AbortSignal): Promise<Result<string, ExpositionError>> {
  // A redirect is treated as an answer: its target is not this engine.
  const response = await fetch(url, {headers: {accept: 'text/plain', ...headers}, redirect: 'manual', signal});
  if (!response.ok) {
    await response.body?.cancel();
    return err(badStatus(response.status));
  }
  const text = await readBody(response, MAX_EXPOSITION_BYTES);
  if (text === null) return err(tooLarge());
  // Every line ends with a line feed; without it, the last number may be cut.
  return text === '' || text.endsWith('\n') ? ok(text) : err(brokenOff('it ends within a line'));
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

function noAnswer({kind, detail}: FetchFault): ExpositionError {
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
