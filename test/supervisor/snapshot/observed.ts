import type {GpuSample} from '../../../src/samples/gpu.ts';
import {absent} from '../../../src/samples/reading.ts';
import type {Observations} from '../../../src/supervisor/snapshot/observations.ts';
import {buildGpu} from '../../support/build-snapshot.ts';

/** The moment that these tests take their snapshots at. */
export const now = {sampledAtMs: 1_000_000, monotonicMs: 100_000};

/** Nothing seen but what is named. */
export function observed(change: Partial<Observations> = {}): Observations {
  return {
    gpuFrame: null,
    gpuInventory: null,
    gpuProcesses: null,
    gpuFindings: [],
    gpuTrouble: null,
    metrics: null,
    metricsFinding: null,
    metricsTrouble: null,
    traffic: {samples: []},
    health: absent('not asked yet'),
    logStamp: null,
    loggedTraffic: null,
    logNotices: {},
    logFinding: null,
    preflightFindings: [],
    ownFindings: {},
    ...change,
  };
}

/** A card as nvidia-smi gives it. */
export function gpuSample(index: number, change: Partial<GpuSample> = {}): GpuSample {
  const {processes: _processes, budget: _budget, ...sample} = buildGpu(index);
  return {...sample, ...change};
}

/** A stamp so many milliseconds before now. */
export function ago(ms: number) {
  return {sampledAtMs: now.sampledAtMs - ms, monotonicMs: now.monotonicMs - ms};
}
