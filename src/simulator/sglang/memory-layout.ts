import {BYTES_PER_GIB} from '../../shared/units.ts';
import {cudaVisibleBytes, type GpuType} from '../node/gpu-catalog.ts';
import {kimi, weightsBytesPerGpu} from '../node/kimi.ts';
import type {MemoryFault} from '../node/memory-faults.ts';
import type {SglangOptions} from './options.ts';

/** One card's memory while the engine runs, in bytes, and the resulting tokens. */
export type SglangMemory = {
  readonly totalBytes: number;
  /** CUDA context and NCCL, before anything is measured. */
  readonly contextBytes: number;
  readonly weightsBytes: number;
  /** What the fraction leaves for the KV pool; negative if the weights are larger. */
  readonly poolBytes: number;
  readonly capacityTokens: number;
  readonly graphBytes: number;
};

const CONTEXT_BYTES = Math.round(0.93 * BYTES_PER_GIB);
/** A published start of K2.5 at TP 8 used 73.58 GiB after loading, 1.5 GiB more than vLLM logs for the same weights. */
const LOADED_BESIDE_WEIGHTS_BYTES = Math.round(1.56 * BYTES_PER_GIB);
const GRAPH_BYTES = Math.round(3.1 * BYTES_PER_GIB);

/** Divides a card as SGLang does: weights and pool are in the fraction of what is free after start-up. */
export function layOutSglang(
  options: Pick<SglangOptions, 'tensorParallelSize' | 'memFractionStatic' | 'isFp8Cache'>,
  gpu: GpuType,
  fault: MemoryFault,
): SglangMemory {
  const totalBytes = cudaVisibleBytes(gpu);
  const weightsBytes =
    weightsBytesPerGpu(options.tensorParallelSize, 'weights') * fault.weightsFactor +
    LOADED_BESIDE_WEIGHTS_BYTES +
    fault.residentBytes;
  const freeBytes = totalBytes - CONTEXT_BYTES;
  const poolBytes = Math.floor(freeBytes * options.memFractionStatic) - weightsBytes;
  const bytesPerToken = kimi.layers * kimi.latentElements * (options.isFp8Cache ? 1 : 2);
  const page = options.isFp8Cache ? 64 : 1;
  return {
    totalBytes,
    contextBytes: CONTEXT_BYTES,
    weightsBytes,
    poolBytes,
    capacityTokens: Math.max(0, Math.floor(poolBytes / bytesPerToken / page) * page),
    graphBytes: GRAPH_BYTES + fault.captureBytes,
  };
}

/** GiB with two decimals; SGLang writes GB for them. */
export function gbText(bytes: number): string {
  return (bytes / BYTES_PER_GIB).toFixed(2);
}
