import {BYTES_PER_GIB} from '../../shared/units.ts';

/**
 * Kimi K2.5 / K2.6 / K2.7 Code in its native INT4: one architecture, published configuration. The simulator serves no
 * other model.
 */
export const kimi = {
  architecture: 'KimiK25ForConditionalGeneration',
  layers: 61,
  attentionHeads: 64,
  /** kv_lora_rank 512 + qk_rope_head_dim 64: what multi-head latent attention keeps per token and layer. */
  latentElements: 576,
  /** kv_lora_rank. */
  latentRank: 512,
  maxContextTokens: 262_144,
  hiddenSize: 7168,
  vocabularySize: 163_840,
  expertsPerToken: 8,
  /** Of one expert's projections. */
  expertWidth: 2048,
  checkpointBytes: 595_148_192_736,
  shards: 64,
} as const;

/** Experts, projections, embeddings: divided by tensor parallelism (8 x 68.92 GiB). */
const SHARDED_GIB = 551.36;
/** Low-rank down projections, norms and router: on every rank. */
const REPLICATED_GIB = 2.03;
/** Vision tower and projector: complete on every rank with `--mm-encoder-tp-mode data`. */
const VISION_GIB = 0.8776;
/** Projector, which is never divided. */
const PROJECTOR_GIB = 0.101;
/** A published start of K2.5 at TP8 logged 72.02 GiB, and the tensors sum to 71.83: allocator rounding. */
const ALLOCATOR_FACTOR = 72.02 / 71.83;

/** How the vision tower is stored. */
export type VisionMode = 'weights' | 'data' | 'absent';

/** Bytes of weights that one rank logs as loaded. */
export function weightsBytesPerGpu(tensorParallelSize: number, vision: VisionMode): number {
  const visionGib =
    vision === 'absent'
      ? 0
      : vision === 'data'
        ? VISION_GIB
        : PROJECTOR_GIB + (VISION_GIB - PROJECTOR_GIB) / tensorParallelSize;
  const gib = SHARDED_GIB / tensorParallelSize + REPLICATED_GIB + visionGib;
  return Math.round(gib * ALLOCATOR_FACTOR * BYTES_PER_GIB);
}

/** True for the names under which the served family is published, and for directories named like it. */
export function isKimi(model: string): boolean {
  return /kimi[-_.]?k2/i.test(model);
}
