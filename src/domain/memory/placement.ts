import type {Architecture} from './architecture.ts';
import {partBytes, type WeightFormat} from './checkpoint.ts';
import {type WeightPart, weightParts} from './parameters.ts';

/**
 * How the vision tower is kept (vLLM `--mm-encoder-tp-mode`): `data` whole on every rank, `weights` divided with the
 * projector whole, `absent` with `--language-model-only`.
 */
export type VisionMode = 'data' | 'weights' | 'absent';

export type PlacementInput = {
  readonly architecture: Architecture;
  readonly format: WeightFormat;
  readonly tensorParallelSize: number;
  readonly visionMode: VisionMode;
};

/** Weights on one GPU, bytes. */
export type WeightPlacement = {
  /** Divided over the ranks: this rank's share. */
  readonly shardedBytes: number;
  /** Whole on every rank: q_a, kv_a, norms, router. */
  readonly replicatedBytes: number;
  readonly visionBytes: number;
  readonly totalBytes: number;
};

/**
 * Where vLLM puts the weights under tensor parallelism: experts, q_b, kv_b, o_proj, MLPs, embedding and head divided,
 * the latent down projections, norms and router whole on every rank. A published start of K2.5 on eight H100 logged
 * 72.02 GiB where this gives 71.83.
 */
export function placeWeights(input: PlacementInput): WeightPlacement {
  const {architecture, format, tensorParallelSize, visionMode} = input;
  const parts = weightParts(architecture);
  const bytesOf = (placement: WeightPart['placement']): number =>
    parts.filter((part) => part.placement === placement).reduce((sum, part) => sum + partBytes(part, format), 0);
  const shardedBytes = Math.ceil(bytesOf('sharded') / tensorParallelSize);
  const replicatedBytes = bytesOf('replicated');
  const visionBytes = visionBytesPerGpu(
    bytesOf('vision-tower'),
    bytesOf('vision-projector'),
    visionMode,
    tensorParallelSize,
  );
  return {shardedBytes, replicatedBytes, visionBytes, totalBytes: shardedBytes + replicatedBytes + visionBytes};
}

function visionBytesPerGpu(towerBytes: number, projectorBytes: number, mode: VisionMode, ranks: number): number {
  switch (mode) {
    case 'absent':
      return 0;
    case 'data':
      return towerBytes + projectorBytes;
    case 'weights':
      return Math.ceil(towerBytes / ranks) + projectorBytes;
  }
}
