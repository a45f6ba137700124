import type {Architecture} from './model/architecture.ts';
import type {WeightPartName} from './model/weight-module.ts';
import type {WeightPart} from './model/weights.ts';

/**
 * How the vision tower is kept: `data` complete on every rank, `weights` divided with a complete projector, `absent` not
 * loaded.
 */
export type VisionMode = 'data' | 'weights' | 'absent';

/** How a model is spread over GPUs. Every number is a count of GPUs, at least 1. */
export type Placement = {
  /** GPUs in total. */
  readonly gpuCount: number;
  /** GPUs that share the attention of one replica. */
  readonly attentionRanks: number;
  /** GPUs that share dense layers, shared experts, embedding and head. */
  readonly denseRanks: number;
  /** GPUs that share the routed experts. */
  readonly expertRanks: number;
  /** Each GPU holds complete experts, not a slice of each. */
  readonly isExpertParallel: boolean;
  /** The width of a slice of an expert is a multiple of this; 1 where slices are not padded. */
  readonly expertSliceMultiple: number;
  /** Likewise the hidden size of experts. */
  readonly expertHiddenMultiple: number;
  /** The share of each layer's experts that is kept in host memory; empty where all are on the GPUs. */
  readonly hostExpertShares: readonly number[];
  /** GPU groups that each hold a part of the layers. */
  readonly stages: number;
  /** Groups with separate requests and a separate KV cache. */
  readonly replicas: number;
  /** Ranks that share one sequence's KV cache. */
  readonly decodeContextRanks: number;
  readonly visionMode: VisionMode;
  /** Kept in host memory: the embedding of llama.cpp. */
  readonly hostParts: readonly WeightPartName[];
};

/** Everything on one GPU. */
export const singleCard: Placement = {
  gpuCount: 1,
  attentionRanks: 1,
  denseRanks: 1,
  expertRanks: 1,
  isExpertParallel: false,
  expertSliceMultiple: 1,
  expertHiddenMultiple: 1,
  hostExpertShares: [],
  stages: 1,
  replicas: 1,
  decodeContextRanks: 1,
  visionMode: 'data',
  hostParts: [],
};

/** Weights on one GPU of a stage, bytes. */
export type WeightPlacement = {
  /** Divided over ranks: this rank's share. */
  readonly shardedBytes: number;
  /** Complete on every rank: q_a, kv_a, norms, router. */
  readonly replicatedBytes: number;
  readonly visionBytes: number;
  readonly totalBytes: number;
  /** The first layer of this stage. */
  readonly firstLayer: number;
  /** Layers of this stage. */
  readonly layers: number;
  /** The stage with the output head, and with the draft of speculative decoding. */
  readonly isLast: boolean;
  /** The stage's parts before they are divided, without vision, with what is kept in host memory. */
  readonly undividedBytes: number;
  /** Experts of this stage that are kept in host memory instead. */
  readonly hostExpertBytes: number;
};

/**
 * Where engines put the weights, a stage at a time: experts, q_b, kv_b, o_proj, MLPs, embedding and head divided, the
 * latent down projections, norms and router complete on every rank (a published start of K2.5 on eight H100 logged
 * 72.02 GiB where this gives 71.83). Layers are assigned to pipeline stages as vLLM does (`get_pp_indices`): the
 * remainder goes to the stages before the last.
 */
export function placeWeights(
  architecture: Architecture,
  parts: readonly WeightPart[],
  placement: Placement,
): readonly WeightPlacement[] {
  return stageLayers(architecture.layers, placement.stages).map((range, stage) =>
    placeStage(architecture, parts, placement, {
      ...range,
      isFirst: stage === 0,
      isLast: stage === placement.stages - 1,
    }),
  );
}

type Stage = {readonly from: number; readonly to: number; readonly isFirst: boolean; readonly isLast: boolean};

function stageLayers(layers: number, stages: number): {readonly from: number; readonly to: number}[] {
  const share = Math.floor(layers / stages);
  const counts = new Array<number>(stages).fill(share);
  for (let extra = 0; extra < layers % stages; extra += 1) {
    const index = Math.max(0, stages - 2 - extra);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  let from = 0;
  return counts.map((count) => {
    const range = {from, to: from + count};
    from += count;
    return range;
  });
}

function placeStage(
  architecture: Architecture,
  parts: readonly WeightPart[],
  placement: Placement,
  stage: Stage,
): WeightPlacement {
  let shardedBytes = 0;
  let replicatedBytes = 0;
  let visionBytes = 0;
  let hostExpertBytes = 0;
  let undividedBytes = 0;
  for (const part of parts) {
    if (part.name === 'vision-tower' || part.name === 'vision-projector') {
      if (stage.isFirst) visionBytes += visionBytesPerGpu(part, placement);
      continue;
    }
    const wholeBytes = stageBytes(part, stage);
    undividedBytes += wholeBytes;
    if (placement.hostParts.includes(part.name)) continue;
    const ranks = ranksOf(part.name, architecture, placement);
    const hostBytes = part.name === 'routed-experts' ? hostExperts(part, placement, stage) : 0;
    hostExpertBytes += hostBytes;
    const bytes = wholeBytes - hostBytes;
    if (ranks === 1) replicatedBytes += bytes;
    else shardedBytes += bytes / ranks;
  }
  // For a GGUF of which only the size is known, parts are fractions of it.
  shardedBytes = Math.ceil(shardedBytes);
  replicatedBytes = Math.ceil(replicatedBytes);
  return {
    shardedBytes,
    replicatedBytes,
    visionBytes,
    totalBytes: shardedBytes + replicatedBytes + visionBytes,
    firstLayer: stage.from,
    layers: stage.to - stage.from,
    isLast: stage.isLast,
    undividedBytes: Math.ceil(undividedBytes),
    hostExpertBytes: Math.ceil(hostExpertBytes),
  };
}

function stageBytes({bytesByLayer, firstBytes, lastBytes}: WeightPart, stage: Stage): number {
  let bytes = (stage.isFirst ? firstBytes : 0) + (stage.isLast ? lastBytes : 0);
  for (let layer = stage.from; layer < stage.to; layer += 1) bytes += bytesByLayer[layer] ?? 0;
  return bytes;
}

function hostExperts({bytesByLayer}: WeightPart, {hostExpertShares}: Placement, stage: Stage): number {
  let bytes = 0;
  for (let layer = stage.from; layer < stage.to; layer += 1) {
    bytes += (bytesByLayer[layer] ?? 0) * (hostExpertShares[layer] ?? 0);
  }
  return bytes;
}

/** How many ways a part is divided; a fraction if complete experts do not divide evenly. */
function ranksOf(name: WeightPartName, architecture: Architecture, placement: Placement): number {
  switch (name) {
    case 'routed-experts': {
      const experts = architecture.experts?.routedExperts ?? 1;
      if (!placement.isExpertParallel) return slicedRanks(architecture, placement);
      return experts / Math.ceil(experts / placement.expertRanks);
    }
    case 'shared-experts':
    case 'dense-mlp':
    case 'embedding':
    case 'output-head':
      return placement.denseRanks;
    case 'attention-up':
    case 'linear-attention':
      return placement.attentionRanks;
    case 'attention-kv':
      return architecture.attention.kind === 'gqa'
        ? Math.min(placement.attentionRanks, architecture.attention.kvHeads)
        : placement.attentionRanks;
    default:
      return 1;
  }
}

/** Slices of experts may be padded to what the engine's kernels need. */
function slicedRanks({experts, hiddenSize}: Architecture, placement: Placement): number {
  const {expertRanks, expertSliceMultiple, expertHiddenMultiple} = placement;
  const size = experts?.expertIntermediateSize ?? 0;
  if (expertSliceMultiple === 1 || size === 0) return expertRanks;
  const hidden = hiddenSize / (Math.ceil(hiddenSize / expertHiddenMultiple) * expertHiddenMultiple);
  return (size / (Math.ceil(size / expertRanks / expertSliceMultiple) * expertSliceMultiple)) * hidden;
}

function visionBytesPerGpu({name, bytes}: WeightPart, {visionMode, attentionRanks}: Placement): number {
  switch (visionMode) {
    case 'absent':
      return 0;
    case 'data':
      return bytes;
    case 'weights':
      return name === 'vision-tower' ? Math.ceil(bytes / attentionRanks) : bytes;
  }
}
