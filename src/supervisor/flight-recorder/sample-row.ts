import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';

/** One second of a node, for the time before a failure; null if unknown. */
export type SampleRow = {
  readonly atMs: number;
  readonly state: string;
  readonly phase: string | null;
  readonly progress: 'working' | 'idle' | 'stalled' | null;
  /** How long there was no step although requests run. */
  readonly stalledMs: number | null;
  readonly health: string | null;
  readonly running: number | null;
  readonly waiting: number | null;
  readonly promptTokensPerSecond: number | null;
  readonly generationTokensPerSecond: number | null;
  readonly iterationsPerSecond: number | null;
  readonly kvUsageRatio: number | null;
  /** By GPU, in index order. */
  readonly gpuUsedBytes: readonly (number | null)[];
  readonly gpuUtilizationRatio: readonly (number | null)[];
  readonly gpuCelsius: readonly (number | null)[];
  readonly gpuWatts: readonly (number | null)[];
};

/** Snapshot values stored per second. */
export function sampleRowOf({takenAtMs, engine, traffic, kvCache, gpus}: Snapshot): SampleRow {
  return {
    atMs: takenAtMs,
    state: engine.state,
    phase: engine.phase,
    progress: engine.progress.state === 'unknown' ? null : engine.progress.state,
    stalledMs: engine.progress.state === 'stalled' ? engine.progress.stalledMs : null,
    health: known(engine.health),
    running: known(traffic.runningRequests),
    waiting: known(traffic.waitingRequests),
    promptTokensPerSecond: known(traffic.promptTokensPerSecond),
    generationTokensPerSecond: known(traffic.generationTokensPerSecond),
    iterationsPerSecond: known(traffic.iterationsPerSecond),
    kvUsageRatio: known(kvCache.usageRatio),
    gpuUsedBytes: gpus.map((gpu) => known(gpu.memoryUsedBytes)),
    gpuUtilizationRatio: gpus.map((gpu) => known(gpu.utilizationRatio)),
    gpuCelsius: gpus.map((gpu) => known(gpu.temperatureCelsius)),
    gpuWatts: gpus.map((gpu) => known(gpu.powerDrawWatts)),
  };
}

function known<T>(reading: Reading<T>): T | null {
  return isAbsent(reading) ? null : reading;
}
