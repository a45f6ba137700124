import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {GpuType} from '../node/gpu-catalog.ts';
import {kimi, type VisionMode} from '../node/kimi.ts';

/** What decides the memory that vLLM measures before it allocates its cache. */
type ProfiledRequest = {
  readonly gpu: GpuType;
  readonly tensorParallelSize: number;
  readonly vision: VisionMode;
  readonly maxNumBatchedTokens: number;
  readonly maxNumSeqs: number;
};

/** Bytes per GPU. */
export type ProfiledMemory = {
  /** Outside PyTorch: NCCL and what the CUDA context grows by. */
  readonly contextBytes: number;
  readonly activationBytes: number;
  readonly samplerBytes: number;
  readonly graphEstimateBytes: number;
  readonly graphActualBytes: number;
};

/** Peak of a sampler that selects without sorting, per float32 logit: 3.67 to 3.73 in published starts of 0.19. */
const SAMPLER_RATIO = 3.69;
/** Results of the vision encoder that are kept, in two published starts of Kimi. */
const VISION_COPIES = 2.5;
/** Buffers of the sampler and the scheduler. */
const SMALL_GIB = 0.02;
/** Outside PyTorch on 1, 2, 4 and 8 GPUs, GiB: logged by published starts of 0.19 on up to 4 H100, left over on 8. */
const CONTEXT_GIB = {Hopper: [0.25, 2.07, 2.15, 2.3], others: [0.25, 1.5, 1.5, 1.5]} as const;
/** Estimates of 0.19 to 0.25 for mixtures of experts: a base, and for every graph and layer, GiB. */
const GRAPH_BASE_GIB = 0.2;
const GRAPH_LAYER_GIB = 2.5e-4;
/** Graphs of up to 512 tokens, for any batch and for decoding alone: batches of 1, 2, 4, then every 8, from 256 every 16. */
const GRAPHS = 102;
/** What the graphs take compared with the estimate, in a published start. */
const GRAPH_ACTUAL_RATIO = 0.62 / 0.77;

/** As published starts of releases since 0.19 show it, by what drives each part. */
export function profiledMemory(request: ProfiledRequest): ProfiledMemory {
  const {gpu, tensorParallelSize: ranks, vision, maxNumBatchedTokens: tokens, maxNumSeqs: requests} = request;
  const hiddenBytes = tokens * kimi.hiddenSize * 2;
  const expertBytes = tokens * kimi.expertsPerToken * ((2 * kimi.expertWidth) / ranks + kimi.hiddenSize) * 2;
  const visionBytes = vision === 'absent' ? 0 : VISION_COPIES * hiddenBytes;
  const column = gpu.architecture === 'Hopper' ? CONTEXT_GIB.Hopper : CONTEXT_GIB.others;
  const graphGib = GRAPH_BASE_GIB + GRAPH_LAYER_GIB * GRAPHS * kimi.layers;
  return {
    contextBytes: gib(column[Math.min(3, Math.floor(Math.log2(ranks)))] ?? column[3]),
    activationBytes: Math.round(gib(SMALL_GIB) + hiddenBytes + expertBytes + visionBytes),
    samplerBytes: Math.round(SAMPLER_RATIO * requests * kimi.vocabularySize * 4),
    graphEstimateBytes: gib(graphGib),
    graphActualBytes: gib(graphGib * GRAPH_ACTUAL_RATIO),
  };
}

function gib(amount: number): number {
  return Math.round(amount * BYTES_PER_GIB);
}
