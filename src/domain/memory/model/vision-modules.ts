import type {Architecture, QwenVisionArchitecture, VisionArchitecture} from './architecture.ts';
import {vector, type WeightModule} from './weight-module.ts';

/** The vision tower and its projector, in 16 bit; empty for a model without one. */
export function visionModules({vision, hiddenSize}: Architecture): readonly WeightModule[] {
  if (vision === null) return [];
  const {tower, projector} = sizesOf(vision, hiddenSize);
  return [
    {...vector('vision-tower', 'vision_tower', tower), layer: 'vision'},
    {...vector('vision-projector', 'mm_projector', projector), layer: 'vision'},
  ];
}

function sizesOf(vision: NonNullable<Architecture['vision']>, hiddenSize: number): Sizes {
  if ('towerParameters' in vision) return {tower: vision.towerParameters, projector: vision.projectorParameters};
  return 'positions' in vision ? qwenSizes(vision, hiddenSize) : moonSizes(vision, hiddenSize);
}

type Sizes = {readonly tower: number; readonly projector: number};

/** Counted from vLLM's `kimi_k25_vit.py`: patch convolution, position grid, blocks with biases, final norm, merger. */
function moonSizes(vision: VisionArchitecture, hiddenSize: number): Sizes {
  const h = vision.hiddenSize;
  const patches = 3 * h * vision.patchSize ** 2 + h + vision.positionGrid ** 2 * h;
  const merged = h * vision.mergeSize ** 2;
  return {
    tower: patches + vision.layers * blockSize(h, vision.intermediateSize) + 2 * h,
    projector: 2 * h + merged ** 2 + merged + merged * hiddenSize + hiddenSize,
  };
}

/** Counted from vLLM's `qwen3_vl.py`: patch convolution in space and time, positions, blocks with biases, mergers. */
function qwenSizes(vision: QwenVisionArchitecture, hiddenSize: number): Sizes {
  const h = vision.hiddenSize;
  const patches = 3 * vision.temporalPatchSize * h * vision.patchSize ** 2 + h + vision.positions * h;
  const merged = h * vision.mergeSize ** 2;
  const merger = merged ** 2 + merged + merged * hiddenSize + hiddenSize;
  return {
    tower: patches + vision.layers * blockSize(h, vision.intermediateSize),
    projector: 2 * h + merger + vision.innerMergers * (2 * merged + merger),
  };
}

/** Attention and feed-forward of a block with biases, and its two norms. */
function blockSize(h: number, intermediateSize: number): number {
  const attention = h * 3 * h + 3 * h + h * h + h;
  return attention + 2 * h * intermediateSize + intermediateSize + h + 4 * h;
}
