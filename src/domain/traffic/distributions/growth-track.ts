import type {EngineMetricsSample, HistogramSample} from '../../../samples/engine-metrics.ts';
import {isPresent, valueOrNull} from '../../../samples/reading.ts';
import {histogramCount, histogramGrowth} from '../histogram-quantile.ts';
import {type HistogramName, histogramNames} from './histogram-names.ts';

/** Some of the histograms of a sample. */
export type Histograms = Partial<Readonly<Record<HistogramName, HistogramSample>>>;

/** The histograms of a run as they were read last: where their growth is counted from. */
export type GrowthTrack = {
  /** Start of the engine's process, epoch seconds; null if it does not say. */
  readonly processStartSeconds: number | null;
  /** As the engine reports them: a later supervisor continues from these. */
  readonly reads: Histograms;
  /** The same of clients alone, as far as this supervisor has read them. */
  readonly clients: Histograms;
};

/** Nothing was read. */
export const unreadTrack: GrowthTrack = {processStartSeconds: null, reads: {}, clients: {}};

/** One page of metrics: as the engine reports it, and of clients alone. */
export type ReadMetrics = {readonly engine: EngineMetricsSample; readonly clients: EngineMetricsSample};

/** Any histogram grows from it by all that it has. */
const nothing: HistogramSample = {buckets: [], sum: 0, count: 0};

/**
 * What clients' requests have added to each histogram since it was read last, and the histograms as read now. Every observation is
 * in exactly one growth: a process that says that it started again has counted from zero. A run is one process, and an engine that
 * does not say when it started and counts less, because a part of its page or of its log is missing, is not counted again. What was there when a run was first read is of an unknown time, and in no growth; only an engine
 * that has not generated anything is known to begin at zero where it has no histogram yet.
 */
export function growthAfter(
  track: GrowthTrack,
  {engine, clients}: ReadMetrics,
): {readonly track: GrowthTrack; readonly growth: Histograms} {
  const startSeconds = valueOrNull(engine.processStartTimeSeconds);
  const isOther =
    startSeconds !== null && track.processStartSeconds !== null && startSeconds !== track.processStartSeconds;
  const reads: {-readonly [Name in HistogramName]?: HistogramSample} = {};
  const ofClients: {-readonly [Name in HistogramName]?: HistogramSample} = {};
  const growth: {-readonly [Name in HistogramName]?: HistogramSample} = {};
  for (const name of histogramNames) {
    const [read, client] = [engine[name], clients[name]];
    const [before, clientBefore] = [track.reads[name], track.clients[name]];
    if (!isPresent(read) || !isPresent(client)) {
      if (clients.generationTokensTotal === 0) [reads[name], ofClients[name]] = [nothing, nothing];
      // One that vanished is not comparable with what appears later; one that this supervisor has not seen yet may be late.
      else if (before !== undefined && clientBefore === undefined) reads[name] = before;
      continue;
    }
    reads[name] = read;
    ofClients[name] = client;
    const more =
      clientBefore === undefined ? grownSince(before, read, isOther) : grownSince(clientBefore, client, isOther);
    if (more !== null && histogramCount(more) > 0) growth[name] = more;
  }
  return {
    track: {processStartSeconds: startSeconds ?? track.processStartSeconds, reads, clients: ofClients},
    growth,
  };
}

/** Null where nothing can be said. */
function grownSince(
  before: HistogramSample | undefined,
  after: HistogramSample,
  isOther: boolean,
): HistogramSample | null {
  if (before === undefined) return null;
  if (isOther) return after;
  const growth = histogramGrowth(before, after);
  return growth === after && histogramCount(before) > 0 ? null : growth;
}
