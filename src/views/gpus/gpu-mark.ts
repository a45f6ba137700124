import type {GpuView} from '../../api/snapshot.ts';
import {isPresent} from '../../samples/reading.ts';
import type {Span} from '../rows.ts';
import {isBeyondPlan} from './gpu-bar.ts';

/** The index of a GPU, with a mark that needs no color: it is faulty, or has memory in use that is not planned. */
export function gpuMark(gpu: GpuView): Span {
  const isMarked = gpu.fault !== null || isUnplanned(gpu);
  return {text: `${gpu.index}${isMarked ? '!' : ' '}`, tone: isMarked ? 'critical' : 'strong'};
}

/** True where the engine uses clearly more than planned, or another program uses the GPU. */
export function isUnplanned(gpu: GpuView): boolean {
  return isBeyondPlan(gpu) || (isPresent(gpu.processes) && gpu.processes.some(({isOwn}) => !isOwn));
}
