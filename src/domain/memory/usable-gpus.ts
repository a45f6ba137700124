import type {GpuSample} from '../../samples/gpu.ts';

/**
 * The GPUs that a program can use: those without a fault that the driver reports for the whole GPU. CUDA numbers only
 * these, without gaps, so an engine uses them from the first one on.
 */
export function usableGpus<T extends Pick<GpuSample, 'fault'>>(gpus: readonly T[]): readonly T[] {
  return gpus.filter(({fault}) => fault === null);
}
