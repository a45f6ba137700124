import {mapReading, type Reading, valueOrNull} from '../samples/reading.ts';
import type {HistorySeriesName} from './history.ts';
import type {Snapshot, SourceStatus} from './snapshot.ts';

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
}: Snapshot): Record<HistorySeriesName, number | null> {
  const used = gpus.map((gpu) => valueOrNull(gpu.memoryUsedBytes)).filter((bytes) => bytes !== null);
  // What the log has is current for as long as it is shown.
  const isRepeated = traffic.source !== 'log' && isOld(sources.metrics);
  const scraped = (value: Reading<number>): number | null => (isRepeated ? null : valueOrNull(value));
  return {
    promptTokensPerSecond: scraped(traffic.promptTokensPerSecond),
    generationTokensPerSecond: scraped(traffic.generationTokensPerSecond),
    runningRequests: scraped(traffic.runningRequests),
    waitingRequests: scraped(traffic.waitingRequests),
    kvUsageRatio: scraped(kvCache.usageRatio),
    timeToFirstTokenP50Ms: scraped(mapReading(latency.timeToFirstToken.p50Ms, ({value}) => value)),
    gpuMemoryUsedBytes: used.length === 0 || isOld(sources.gpus) ? null : used.reduce((sum, bytes) => sum + bytes, 0),
    apiUsdPerHour: scraped(cost.apiUsdPerHour),
  };
}

function isOld({state}: SourceStatus): boolean {
  return state === 'stale' || state === 'failed';
}
