import type {GpuSample} from '../../../src/samples/gpu.ts';
import {nothingObserved} from '../../../src/supervisor/snapshot/observation.ts';
import type {Observations} from '../../../src/supervisor/snapshot/observations.ts';
import {buildGpu} from '../../support/build-snapshot.ts';

/** The moment that these tests take their snapshots at. */
export const now = {sampledAtMs: 1_000_000, monotonicMs: 100_000};

/** Nothing seen but what is named. */
export function observed(change: Partial<Observations> = {}): Observations {
  return {...nothingObserved, ...change};
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
