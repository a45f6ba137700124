import type {Quantile} from '../domain/traffic/quantile.ts';
import {isThrottled} from '../samples/gpu.ts';
import {isAbsent, mapReading, type Reading, valueOrNull} from '../samples/reading.ts';
import {usdOfMicroUsd} from '../shared/quantities/money.ts';
import type {GpuSeriesName, HistorySeriesName} from './history.ts';
import type {LatencyView} from './latency/latency-schemas.ts';
import type {GpuView, Snapshot, SourceStatus} from './snapshot.ts';

/** The part of a snapshot that is measured, with its time: what history values are read from. */
export type MeasuredMoment = Pick<
  Snapshot,
  'takenAtMs' | 'gpus' | 'traffic' | 'kvCache' | 'latency' | 'cost' | 'sources'
>;

/**
 * Snapshot values stored as history; null if unknown, and while their source is stale: a value that is only repeated is
 * not one of this second. A quantile of which only a limit is known is stored as the limit.
 */
export function historyValues({
  gpus,
  traffic,
  kvCache,
  latency,
  cost,
  sources,
}: MeasuredMoment): Record<HistorySeriesName, number | null> {
  // What the log has is current for as long as it is shown.
  const isRepeated = traffic.source !== 'log' && isOld(sources.metrics);
  const scraped = (value: Reading<number>): number | null => (isRepeated ? null : valueOrNull(value));
  const quantile = (value: Reading<Quantile>): number | null => scraped(mapReading(value, (known) => known.value));
  const within = ({target}: LatencyView): number | null => (target === null ? null : quantile(target.withinRatio));
  return {
    promptTokensPerSecond: scraped(traffic.promptTokensPerSecond),
    cachedPromptTokensPerSecond: scraped(traffic.cachedPromptTokensPerSecond),
    generationTokensPerSecond: scraped(traffic.generationTokensPerSecond),
    requestsPerSecond: scraped(traffic.requestsPerSecond),
    preemptionsPerSecond: scraped(traffic.preemptionsPerSecond),
    runningRequests: scraped(traffic.runningRequests),
    waitingRequests: scraped(traffic.waitingRequests),
    kvUsageRatio: scraped(kvCache.usageRatio),
    prefixCacheHitRatio: scraped(kvCache.prefixCacheHitRatio),
    timeToFirstTokenP50Ms: quantile(latency.timeToFirstToken.p50Ms),
    timeToFirstTokenP95Ms: quantile(latency.timeToFirstToken.p95Ms),
    timeToFirstTokenP99Ms: quantile(latency.timeToFirstToken.p99Ms),
    interTokenP50Ms: quantile(latency.interToken.p50Ms),
    interTokenP95Ms: quantile(latency.interToken.p95Ms),
    interTokenP99Ms: quantile(latency.interToken.p99Ms),
    endToEndP50Ms: quantile(latency.endToEnd.p50Ms),
    endToEndP95Ms: quantile(latency.endToEnd.p95Ms),
    endToEndP99Ms: quantile(latency.endToEnd.p99Ms),
    queueP50Ms: quantile(latency.queue.p50Ms),
    queueP95Ms: quantile(latency.queue.p95Ms),
    queueP99Ms: quantile(latency.queue.p99Ms),
    firstTokenWithinRatio: within(latency.timeToFirstToken),
    interTokenWithinRatio: within(latency.interToken),
    endToEndWithinRatio: within(latency.endToEnd),
    queueWithinRatio: within(latency.queue),
    gpuMemoryUsedBytes: sumOf(gpus, sources, ({memoryUsedBytes}) => memoryUsedBytes),
    planDifferenceBytes: sumOf(gpus, sources, ({budget}) => (isAbsent(budget) ? budget : budget.unexplainedBytes)),
    nodeUsdPerHour: valueOrNull(cost.nodeUsdPerHour),
    apiUsdPerHour: apiUsdPerHour(cost),
  };
}

/** Of the last five minutes: less of them would be a burst or a pause. */
function apiUsdPerHour({windows: {fiveMinutes}}: Snapshot['cost']): number | null {
  const first = isAbsent(fiveMinutes) ? undefined : fiveMinutes.apis[0];
  return first === undefined ? null : usdOfMicroUsd(first.microUsdPerHour);
}

/** The values of each GPU that are stored as history, by the index of the GPU; null if unknown or only repeated. */
export function gpuHistoryValues({gpus, sources}: Pick<Snapshot, 'gpus' | 'sources'>): readonly {
  readonly index: number;
  readonly values: Readonly<Record<GpuSeriesName, number | null>>;
}[] {
  const read = (value: Reading<number>): number | null => (isOld(sources.gpus) ? null : valueOrNull(value));
  return gpus.map((gpu) => ({
    index: gpu.index,
    values: {
      memoryUsedBytes: read(gpu.memoryUsedBytes),
      utilizationRatio: read(gpu.utilizationRatio),
      powerDrawWatts: read(gpu.powerDrawWatts),
      temperatureCelsius: read(gpu.temperatureCelsius),
      smClockMhz: read(gpu.smClockMhz),
      throttledRatio: read(mapReading(gpu.clockEventReasons, (reasons) => (isThrottled(reasons) ? 1 : 0))),
    },
  }));
}

/** The sum over the GPUs whose value is known; null if none is. */
function sumOf(
  gpus: readonly GpuView[],
  sources: Snapshot['sources'],
  read: (gpu: GpuView) => Reading<number>,
): number | null {
  const known = gpus.map((gpu) => valueOrNull(read(gpu))).filter((value) => value !== null);
  return known.length === 0 || isOld(sources.gpus) ? null : known.reduce((sum, value) => sum + value, 0);
}

function isOld({state}: SourceStatus): boolean {
  return state === 'stale' || state === 'failed';
}
