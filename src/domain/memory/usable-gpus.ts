import type {GpuSample} from '../../samples/gpu.ts';
import type {MemoryPlan} from './plan/memory-plan.ts';

/**
 * The GPUs that a program can use: those without a fault that the driver reports for the whole GPU. CUDA numbers only
 * these, without gaps, so an engine uses them from the first one on.
 */
export function usableGpus<T extends Pick<GpuSample, 'fault'>>(gpus: readonly T[]): readonly T[] {
  return gpus.filter(({fault}) => fault === null);
}

/** The GPUs, of all of a node, on which an engine that starts now would run: as many as its plan uses. */
export function gpusOf<T extends Pick<GpuSample, 'fault'>>(
  {node}: {readonly node: Pick<MemoryPlan['node'], 'usedGpuCount'>},
  gpus: readonly T[],
): readonly T[] {
  return usableGpus(gpus).slice(0, node.usedGpuCount);
}
