import type {GpuSample} from '../../../src/samples/gpu.ts';
import {buildGpu} from '../../support/build-snapshot.ts';

/** So many H200 as nvidia-smi reports them. */
export function h200Cards(count: number): readonly GpuSample[] {
  return Array.from({length: count}, (_, index) => {
    const {processes: _processes, budget: _budget, ...seen} = buildGpu(index);
    return seen;
  });
}
