import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../shared/units.ts';
import {cudaVisibleBytes, type GpuType} from '../node/gpu-catalog.ts';
import {kimi} from '../node/kimi.ts';
import type {MemoryFault} from '../node/memory-faults.ts';
import type {LlamaOptions} from './options.ts';

/** The published UD-Q4_K_XL set of K2.7 Code: 584 GB, whatever the name of the file here. */
const MODEL_BYTES = 584e9;
const HOST_BYTES = 630 * BYTES_PER_MIB;
const CONTEXT_BYTES = Math.round(0.5 * BYTES_PER_GIB);
const COMPUTE_BYTES = Math.round(1.4 * BYTES_PER_GIB);
/** Cells come in multiples of this (llama-context.cpp). */
const CELL_PADDING = 256;

/** Memory by card, in bytes; complete layers are distributed to the cards. */
export type LlamaMemory = {
  readonly cardName: string;
  readonly totalBytes: number;
  readonly fileBytes: number;
  readonly hostBytes: number;
  readonly contextBytes: number;
  readonly computeBytes: number;
  readonly weightsBytes: readonly number[];
  readonly cacheBytes: readonly number[];
  readonly cells: number;
};

/** Distributes 61 layers to the cards, each with the cache of its layers. */
export function layOutLlama(
  {contextSize, cardCount, isQuantizedCache}: Pick<LlamaOptions, 'contextSize' | 'cardCount' | 'isQuantizedCache'>,
  gpu: GpuType,
  fault: MemoryFault,
): LlamaMemory {
  const cells = Math.ceil(contextSize / CELL_PADDING) * CELL_PADDING;
  const layers = Array.from(
    {length: cardCount},
    (_, card) => Math.floor(((card + 1) * kimi.layers) / cardCount) - Math.floor((card * kimi.layers) / cardCount),
  );
  const layerBytes = ((MODEL_BYTES - HOST_BYTES) * fault.weightsFactor) / kimi.layers;
  const cellBytes = kimi.latentElements * (isQuantizedCache ? 34 / 32 : 2);
  return {
    cardName: gpu.name,
    totalBytes: cudaVisibleBytes(gpu),
    fileBytes: MODEL_BYTES * fault.weightsFactor,
    hostBytes: HOST_BYTES,
    contextBytes: CONTEXT_BYTES + fault.residentBytes,
    computeBytes: COMPUTE_BYTES + fault.captureBytes,
    weightsBytes: layers.map((count) => count * layerBytes),
    cacheBytes: layers.map((count) => count * cells * cellBytes),
    cells,
  };
}

/** MiB with two decimals, as llama.cpp prints sizes. */
export function mibText(bytes: number): string {
  return (bytes / BYTES_PER_MIB).toFixed(2);
}
