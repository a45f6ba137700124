import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import type {MetricFamily} from '../../samples/exposition.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {type ExpositionError, MAX_EXPOSITION_BYTES, parseExposition, tooLarge} from './parse-exposition.ts';

const DEFAULT_INTERVAL_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 5_000;

export type MetricsSourceEvent =
  | {readonly type: 'sample'; readonly sample: EngineMetricsSample}
  | {readonly type: 'failed'; readonly finding: Finding};

export type MetricsSourceOptions = {
  /** The engine's /metrics. */
  readonly url: string;
  /** From the engine's names to the common vocabulary. */
  readonly mapMetrics: (families: readonly MetricFamily[]) => Omit<EngineMetricsSample, 'stamp' | 'scrapeMs'>;
  readonly onEvent: (event: MetricsSourceEvent) => void;
  readonly clock: {readonly nowMs: () => number; readonly monotonicMs: () => number};
  readonly headers?: Readonly<Record<string, string>>;
  readonly intervalMs?: number;
  /** A scrape that takes longer is given up. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

/** Scrapes an engine's metrics at an even pace, never two scrapes at once, until it is stopped. */
export function startMetricsSource(options: MetricsSourceOptions): {readonly stop: () => void} {
  const {clock, onEvent, intervalMs = DEFAULT_INTERVAL_MS} = options;
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;

  async function turn(): Promise<void> {
    const startedMs = clock.monotonicMs();
    const scraped = await scrape(options);
    if (isStopped) return;
    if (scraped.ok) {
      const monotonicMs = clock.monotonicMs();
      onEvent({
        type: 'sample',
        sample: {
          ...options.mapMetrics(scraped.value),
          stamp: {sampledAtMs: clock.nowMs(), monotonicMs},
          scrapeMs: monotonicMs - startedMs,
        },
      });
    } else {
      onEvent({
        type: 'failed',
        finding: {...scraped.error, severity: 'warning', evidence: options.url, settingsChange: null},
      });
    }
    // Counted from the start of this scrape, so that a slow engine is not asked less often than every interval.
    timer = setTimeout(() => void turn(), Math.max(0, intervalMs - (clock.monotonicMs() - startedMs)));
  }

  const stop = (): void => {
    isStopped = true;
    if (timer !== null) clearTimeout(timer);
  };
  options.signal?.addEventListener('abort', stop, {once: true});
  if (options.signal?.aborted !== true) void turn();
  return {stop};
}

async function scrape(options: MetricsSourceOptions): Promise<Result<readonly MetricFamily[], ExpositionError>> {
  const {url, headers = {}, timeoutMs = DEFAULT_TIMEOUT_MS} = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      headers: {accept: 'text/plain', ...headers},
      signal: options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return err(badStatus(response.status));
    }
    const text = await readBounded(response);
    return text.ok ? parseExposition(text.value) : text;
  } catch (error) {
    return err(deadline.aborted ? timedOut(timeoutMs) : refused(error));
  }
}

async function readBounded(response: Response): Promise<Result<string, ExpositionError>> {
  if (response.body === null) return ok('');
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    // Leaving the loop cancels the body: an endless one ends here.
    if (bytes > MAX_EXPOSITION_BYTES) return err(tooLarge());
    text += decoder.decode(chunk, {stream: true});
  }
  return ok(text + decoder.decode());
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

function refused(error: unknown): ExpositionError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const detail = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
  return {
    code: 'source.metrics.refused',
    message: `The engine does not answer on its port (${detail}).`,
    remedy: 'See the log: it is still starting, has stopped, or listens elsewhere.',
  };
}
