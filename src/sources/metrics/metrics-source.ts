import {withDetails} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import type {MetricFamily} from '../../samples/exposition.ts';
import type {Reading} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {utcTimeText} from '../../shared/quantities/moments.ts';
import {err} from '../../shared/result.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {atBeat} from '../host/beat.ts';
import {barredUntilMs} from '../host/external-work.ts';
import type {ExpositionError} from './exposition-errors.ts';
import type {Exposition} from './exposition-reader.ts';
import {KnownSeries} from './known-series.ts';
import {createKvPageReader} from './kv-page.ts';
import {scrape} from './scrape.ts';

/** Longest part of a series in a finding. */
const MAX_QUOTE = 120;
const DEFAULT_INTERVAL_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 5_000;

export type MetricsSourceEvent =
  | {
      readonly type: 'sample';
      readonly sample: EngineMetricsSample;
      /** What is wrong with the page, though it could be read. */
      readonly finding: Finding | null;
    }
  | {readonly type: 'failed'; readonly finding: Finding};

export type MetricsSourceOptions = {
  /** The engine's /metrics. */
  readonly url: string;
  /** Maps the engine's names to common metrics. */
  readonly mapMetrics: (families: readonly MetricFamily[]) => Omit<EngineMetricsSample, 'stamp' | 'scrapeMs'>;
  /** The series that `mapMetrics` reads. */
  readonly readsSeries: (name: string) => boolean;
  /** Another page, with the use of the KV cache, for an engine whose metrics lack it. */
  readonly kvPage?: {readonly url: string; readonly readUsage: (page: unknown) => Reading<number>} | null;
  readonly onEvent: (event: MetricsSourceEvent) => void;
  readonly clock: {readonly nowMs: () => number; readonly monotonicMs: () => number};
  readonly headers?: Readonly<Record<string, string>>;
  readonly intervalMs?: number;
  /** A scrape that takes longer is cancelled. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

/**
 * Scrapes an engine's metrics at a fixed interval, one at a time, until stopped; a running scrape is then cancelled and
 * reports nothing.
 */
export function startMetricsSource(options: MetricsSourceOptions): {readonly stop: () => void} {
  const {clock, onEvent, intervalMs = DEFAULT_INTERVAL_MS} = options;
  const controller = new AbortController();
  const {signal} = controller;
  const {url, headers = {}, timeoutMs = DEFAULT_TIMEOUT_MS, kvPage = null} = options;
  const kv = kvPage === null ? null : createKvPageReader({...kvPage, headers, timeoutMs, signal});
  const known = new KnownSeries();
  let cancel = (): void => undefined;

  const mapped = ({families, repeated}: Exposition) => ({
    monotonicMs: clock.monotonicMs(),
    metrics: options.mapMetrics(families),
    repeated,
  });

  async function turn(): Promise<void> {
    const startedMs = clock.monotonicMs();
    const barred = barredUntilMs('metrics', url, clock.nowMs());
    if (barred === null) kv?.begin();
    const scraped =
      barred === null
        ? await scrape({url, headers, isWanted: options.readsSeries, known, use: mapped, timeoutMs, signal})
        : err(notRead(barred));
    if (signal.aborted) return;
    if (scraped.ok) {
      const {metrics, repeated, monotonicMs} = scraped.value;
      const kvUsageRatio = kv === null ? metrics.kvUsageRatio : await kv.usage(metrics);
      if (signal.aborted) return;
      onEvent({
        type: 'sample',
        sample: {
          ...metrics,
          kvUsageRatio,
          stamp: {sampledAtMs: clock.nowMs(), monotonicMs},
          scrapeMs: monotonicMs - startedMs,
        },
        finding: repeatedSeries(repeated, url),
      });
    } else {
      onEvent({
        type: 'failed',
        finding: {...scraped.error, severity: 'warning', evidence: url, settingsChange: null},
      });
    }
    // Counted from the start of this scrape, so that a slow engine is still scraped every interval.
    const leftMs = Math.max(0, intervalMs - (clock.monotonicMs() - startedMs));
    cancel = atBeat(leftMs, () => void turn(), {
      place: leftMs > 0 && intervalMs % MS_PER_SECOND === 0 ? 'before-second' : 'any',
    });
  }

  const stop = (): void => {
    controller.abort();
    cancel();
    options.signal?.removeEventListener('abort', stop);
  };
  options.signal?.addEventListener('abort', stop, {once: true});
  if (options.signal?.aborted !== true) void turn();
  return {stop};
}

/** A page that ended an earlier supervisor is not read for a while. */
function notRead(untilMs: number): ExpositionError {
  return {
    code: 'source.metrics.skipped',
    message: `The engine's metrics are not read before ${utcTimeText(untilMs)}: reading them ended an earlier supervisor.`,
    remedy: 'Run gantry report and send the archive. Until then, traffic and latency are unknown.',
  };
}

/** The warning of a page that has series twice; null if it has none. */
function repeatedSeries([first, ...others]: readonly string[], url: string): Finding | null {
  if (first === undefined) return null;
  const more = others.length === 0 ? '' : `, and ${countText(others.length)} more`;
  return {
    ...withDetails('metrics.repeated', {series: first.slice(0, MAX_QUOTE), count: others.length + 1}),
    severity: 'warning',
    message: `The engine reports a metric more than once: ${first.slice(0, MAX_QUOTE)}${more}. Only the first value counts.`,
    evidence: url,
    remedy: 'Rates and costs may be too low. Check that only one process writes these metrics.',
    settingsChange: null,
  };
}
