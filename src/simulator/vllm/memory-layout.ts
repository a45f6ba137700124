import {BYTES_PER_GIB} from '../../shared/units.ts';
import {cudaVisibleBytes, type GpuType} from '../node/gpu-catalog.ts';
import {kimi, type VisionMode, weightsBytesPerGpu} from '../node/kimi.ts';
import type {MemoryFault} from '../node/memory-faults.ts';
import {profiledMemory} from './profiled-memory.ts';

/** Input of the memory layout of a card. */
export type MemoryRequest = {
  readonly gpu: GpuType;
  readonly tensorParallelSize: number;
  readonly decodeContextParallelSize: number;
  readonly gpuMemoryUtilization: number;
  readonly kvCacheDtype: string;
  readonly blockSize: number | null;
  readonly vision: VisionMode;
  readonly maxModelLen: number | 'auto';
  readonly maxNumBatchedTokens: number;
  readonly maxNumSeqs: number;
  /** Additional memory in a scenario. */
  readonly fault: MemoryFault;
};

/** One card's memory while the engine runs, in bytes, and the resulting cache. */
export type MemoryLayout = {
  readonly totalBytes: number;
  readonly requestedBytes: number;
  readonly weightsBytes: number;
  readonly contextBytes: number;
  /** Of the profile run without the sampler; and of the sampler's warm-up after it. */
  readonly activationBytes: number;
  readonly samplerBytes: number;
  readonly peakActivationBytes: number;
  readonly graphEstimateBytes: number;
  readonly graphActualBytes: number;
  /** What is left for the cache; negative if weights and overhead exceed the budget. */
  readonly availableBytes: number;
  readonly blockSize: number;
  readonly bytesPerToken: number;
  readonly blocks: number;
  readonly maxModelLen: number;
  /** As printed: concurrency times context length, so not always a multiple of the block. */
  readonly capacityTokens: number;
  readonly maxConcurrency: number;
};

/** Allocated before the snapshot (context, libraries): not part of the memory fraction, but shown by nvidia-smi. */
export const BEFORE_SNAPSHOT_BYTES = Math.round(0.53 * BYTES_PER_GIB);

/**
 * Divides a card as vLLM does: ceil(total x fraction) less weights, non-torch growth, peak activation and the estimate
 * for CUDA graphs is the cache; complete blocks of it, layer by layer (vllm/v1/worker/gpu_worker.py,
 * kv_cache_utils.py).
 */
export function layOutMemory(request: MemoryRequest): MemoryLayout {
  const totalBytes = cudaVisibleBytes(request.gpu);
  const requestedBytes = Math.ceil(totalBytes * request.gpuMemoryUtilization);
  const {fault} = request;
  const weightsBytes = weightsBytesPerGpu(request.tensorParallelSize, request.vision) * fault.weightsFactor;
  const profiled = profiledMemory(request);
  const {contextBytes, graphEstimateBytes} = profiled;
  const activationBytes =
    profiled.activationBytes + fault.residentBytes + (fault.activationBytes * request.maxNumBatchedTokens) / 8192;
  const samplerBytes = profiled.samplerBytes + fault.samplerBytesPerRequest * request.maxNumSeqs;
  const peakActivationBytes = activationBytes + samplerBytes;
  const availableBytes = requestedBytes - weightsBytes - contextBytes - peakActivationBytes - graphEstimateBytes;
  const blockSize = request.blockSize ?? defaultBlockSize(request.gpu, request.kvCacheDtype);
  const bytesPerToken = kimi.layers * kimi.latentElements * elementBytes(request.kvCacheDtype);
  const blocks = Math.max(0, Math.floor(availableBytes / (blockSize * bytesPerToken)));
  const dcp = request.decodeContextParallelSize;
  const fitting = blocks * blockSize * dcp;
  const maxModelLen = request.maxModelLen === 'auto' ? Math.min(kimi.maxContextTokens, fitting) : request.maxModelLen;
  const blocksPerSequence = Math.max(1, Math.ceil(Math.ceil(maxModelLen / dcp) / blockSize));
  const maxConcurrency = blocks / blocksPerSequence;
  return {
    totalBytes,
    requestedBytes,
    weightsBytes,
    contextBytes,
    activationBytes,
    samplerBytes,
    peakActivationBytes,
    graphEstimateBytes,
    graphActualBytes: profiled.graphActualBytes + fault.captureBytes,
    availableBytes,
    blockSize,
    bytesPerToken,
    blocks,
    maxModelLen,
    capacityTokens: Math.floor(maxConcurrency * maxModelLen),
    maxConcurrency,
  };
}

/** vLLM's message if the cache cannot serve a request of full length; null if it can. */
export function cacheRefusal(layout: MemoryLayout, decodeContextParallelSize: number): string | null {
  if (layout.availableBytes <= 0) {
    return 'No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the engine. See https://docs.vllm.ai/en/latest/configuration/conserving_memory/ for more details.';
  }
  const blocksNeeded = Math.ceil(Math.ceil(layout.maxModelLen / decodeContextParallelSize) / layout.blockSize);
  const neededBytes = blocksNeeded * layout.blockSize * layout.bytesPerToken;
  if (neededBytes <= layout.availableBytes) return null;
  const estimate = layout.blocks * layout.blockSize * decodeContextParallelSize;
  return `To serve at least one request with the model's max seq len (${layout.maxModelLen}), (${gibText(neededBytes)} GiB KV cache is needed, which is larger than the available KV cache memory (${gibText(layout.availableBytes)} GiB). Based on the available memory, the estimated maximum model length is ${estimate}. Try increasing \`gpu_memory_utilization\` (which also controls CPU memory on the CPU backend) or decreasing \`max_model_len\` when initializing the engine. See https://docs.vllm.ai/en/latest/configuration/conserving_memory/ for more details.`;
}

/** Bytes that nvidia-smi shows for a worker at this point of the start; `ratio` is the progress of loading. */
export function workerBytes(layout: MemoryLayout, stage: 'context' | 'weights' | 'serving', ratio = 1): number {
  const context = BEFORE_SNAPSHOT_BYTES + layout.contextBytes;
  if (stage === 'context') return context;
  if (stage === 'weights') return context + layout.weightsBytes * ratio;
  const cache = layout.blocks * layout.blockSize * layout.bytesPerToken;
  return context + layout.weightsBytes + layout.peakActivationBytes + cache + layout.graphActualBytes;
}

/** GiB with two decimals, as the log prints them. */
export function gibText(bytes: number): string {
  return (bytes / BYTES_PER_GIB).toFixed(2);
}

/** Hopper: FLASH_ATTN_MLA in 16 bit; it lacks fp8, so FLASHMLA with blocks of 64. Blackwell: FLASHINFER_MLA. */
function defaultBlockSize(gpu: GpuType, kvCacheDtype: string): number {
  if (gpu.architecture === 'Blackwell') return 32;
  return elementBytes(kvCacheDtype) === 1 ? 64 : 16;
}

function elementBytes(kvCacheDtype: string): number {
  return kvCacheDtype.startsWith('fp8') ? 1 : 2;
}
