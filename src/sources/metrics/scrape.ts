import type {MetricFamily} from '../../samples/exposition.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {type FetchFault, fetchFault} from '../http/fetch-fault.ts';
import {readBody} from '../http/read-body.ts';
import {type ExpositionError, MAX_EXPOSITION_BYTES, parseExposition, tooLarge} from './parse-exposition.ts';

export type ScrapeRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A scrape that takes longer, to its last byte, is given up. */
  readonly timeoutMs: number;
  /** Ends the scrape at once; its result is nobody's then. */
  readonly signal: AbortSignal;
};

/** One look at an engine's metrics, whole or not at all. */
export async function scrape(request: ScrapeRequest): Promise<Result<readonly MetricFamily[], ExpositionError>> {
  // One controller a scrape: a signal that lives as long as the source would gather listeners by the second.
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    abort();
  }, request.timeoutMs);
  request.signal.addEventListener('abort', abort, {once: true});
  try {
    const page = await readPage(request, controller.signal);
    return page.ok ? parseExposition(page.value) : page;
  } catch (error) {
    return err(isLate ? timedOut(request.timeoutMs) : noAnswer(fetchFault(error)));
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', abort);
  }
}

async function readPage({url, headers}: ScrapeRequest, signal: AbortSignal): Promise<Result<string, ExpositionError>> {
  // A redirect is an answer of its own: what it leads to is not this engine.
  const response = await fetch(url, {headers: {accept: 'text/plain', ...headers}, redirect: 'manual', signal});
  if (!response.ok) {
    await response.body?.cancel();
    return err(badStatus(response.status));
  }
  const text = await readBody(response, MAX_EXPOSITION_BYTES);
  if (text === null) return err(tooLarge());
  // The format ends every line; without, the last number may have lost digits.
  return text === '' || text.endsWith('\n') ? ok(text) : err(brokenOff('it ends in the middle of a line'));
}

function badStatus(status: number): ExpositionError {
  return {
    code: 'source.metrics.http-status',
    message: `The engine answered /metrics with status ${status}.`,
    remedy:
      status === 401 || status === 403
        ? 'The engine wants its API key for /metrics: configure it.'
        : 'Check that the engine exposes metrics; some need a flag for it.',
  };
}

function timedOut(timeoutMs: number): ExpositionError {
  return {
    code: 'source.metrics.timeout',
    message: `The engine did not give its metrics within ${timeoutMs / 1000} s.`,
    remedy: 'A busy engine answers late; if it lasts, see whether tokens still move and read the log.',
  };
}

function brokenOff(how: string): ExpositionError {
  return {
    code: 'source.metrics.broken-off',
    message: `The engine's answer to /metrics was not whole: ${how}.`,
    remedy: 'If it lasts, read the log: the engine may be dying, or something between closes the connection.',
  };
}

function noAnswer({kind, detail}: FetchFault): ExpositionError {
  switch (kind) {
    case 'broken-off':
      return brokenOff(`the connection was closed too early (${detail})`);
    case 'not-http':
      return {
        code: 'source.metrics.not-http',
        message: `What listens on the engine's port does not speak HTTP: ${detail}.`,
        remedy: 'See what holds the port (ss -ltnp), and start the engine on another.',
      };
    case 'unreachable':
      return {
        code: 'source.metrics.refused',
        message: `The engine does not answer on its port (${detail}).`,
        remedy: 'See the log: it is still starting, has stopped, or listens elsewhere.',
      };
  }
}
