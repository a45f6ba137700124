import {isAbsent, type Reading} from '../samples/reading.ts';
import type {HistorySeriesName} from './history.ts';
import type {Snapshot} from './snapshot.ts';

function valueOf(reading: Reading<number>): number | null {
  return isAbsent(reading) ? null : reading;
}

/** What of a snapshot is kept as history; null where nothing is known. */
export function historyValues(snapshot: Snapshot): Record<HistorySeriesName, number | null> {
  const used = snapshot.gpus.map((gpu) => valueOf(gpu.memoryUsedBytes)).filter((bytes) => bytes !== null);
  return {
    promptTokensPerSecond: valueOf(snapshot.traffic.promptTokensPerSecond),
    generationTokensPerSecond: valueOf(snapshot.traffic.generationTokensPerSecond),
    runningRequests: valueOf(snapshot.traffic.runningRequests),
    waitingRequests: valueOf(snapshot.traffic.waitingRequests),
    kvUsageRatio: valueOf(snapshot.kvCache.usageRatio),
    timeToFirstTokenP50Ms: valueOf(snapshot.latency.timeToFirstToken.p50Ms),
    gpuMemoryUsedBytes: used.length === 0 ? null : used.reduce((sum, bytes) => sum + bytes, 0),
    apiUsdPerHour: valueOf(snapshot.cost.apiUsdPerHour),
  };
}
