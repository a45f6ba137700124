import {mapReading, valueOrNull} from '../samples/reading.ts';
import type {HistorySeriesName} from './history.ts';
import type {Snapshot} from './snapshot.ts';

/** Snapshot values stored as history; null if unknown. A quantile of which only a limit is known is stored as the limit. */
export function historyValues(snapshot: Snapshot): Record<HistorySeriesName, number | null> {
  const used = snapshot.gpus.map((gpu) => valueOrNull(gpu.memoryUsedBytes)).filter((bytes) => bytes !== null);
  return {
    promptTokensPerSecond: valueOrNull(snapshot.traffic.promptTokensPerSecond),
    generationTokensPerSecond: valueOrNull(snapshot.traffic.generationTokensPerSecond),
    runningRequests: valueOrNull(snapshot.traffic.runningRequests),
    waitingRequests: valueOrNull(snapshot.traffic.waitingRequests),
    kvUsageRatio: valueOrNull(snapshot.kvCache.usageRatio),
    timeToFirstTokenP50Ms: valueOrNull(mapReading(snapshot.latency.timeToFirstToken.p50Ms, ({value}) => value)),
    gpuMemoryUsedBytes: used.length === 0 ? null : used.reduce((sum, bytes) => sum + bytes, 0),
    apiUsdPerHour: valueOrNull(snapshot.cost.apiUsdPerHour),
  };
}
