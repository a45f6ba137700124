import type {OverheadPart} from '../../../domain/memory/engine-memory.ts';
import type {Architecture} from '../../../domain/memory/model/architecture.ts';
import type {Placement} from '../../../domain/memory/placement.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import {BYTES_PER_GIB} from '../../../shared/units.ts';
import {isVersionAtLeast} from '../../launch/engine-version.ts';
import type {BatchSizes} from './batch-sizes.ts';
import {usesSecondRunner} from './model-runner.ts';

/**
 * Peak of the sampler as a multiple of its float32 logits, fitted on published starts with a small forward pass. Until
 * 0.16 it sorts them (logits, sorted values, 64-bit indices, probabilities, sums): 9.56 to 9.64 in four starts of 0.11.
 * Since 0.17 a Triton kernel selects without sorting: 3.67 to 3.73 in four starts of 0.19. Since 0.21 it is FlashInfer's kernel
 * (logits in both types, probabilities, work space): 2.7 in four starts of 0.10.1, where it was the default for a while.
 * The second model runner filters nothing while it is measured: the logits in 16 and in 32 bit.
 */
const samplers = {
  sorting: {ratio: 9.58, least: 0.95, most: 1.05, how: 'it sorts, until 0.16'},
  // FlashInfer's kernel where it is installed.
  older: {ratio: 9.58, least: 0.26, most: 1.05, how: 'it sorts, without FlashInfer'},
  selecting: {ratio: 3.69, least: 0.95, most: 1.05, how: 'a kernel that does not sort, since 0.17'},
  flashInfer: {ratio: 2.7, least: 0.8, most: 1.4, how: "FlashInfer's kernel, since 0.21"},
  unfiltered: {ratio: 1.5, least: 0.9, most: 2.5, how: 'not filtered by the second model runner'},
} as const;
/** 16 bit. */
const ELEMENT_BYTES = 2;
/** Hidden states alive at the same time in a forward pass, fitted on CodeLlama 7B and Granite 3.1 8B. */
const HIDDEN_COPIES = 4.25;
/** Results of the vision encoder kept while it is measured, fitted on the two Kimi starts. */
const VISION_COPIES = 2.5;
/** Patches of the largest image: 16,777,216 pixels of Qwen 3 VL and 3.5 in patches of 16, `in_patch_limit` of Kimi K2.5. */
const QWEN_PATCHES = 65_536;
const MOONVIT_PATCHES = 16_384;
/** Small buffers of the sampler and the scheduler: what the four starts of 0.11 leave over. */
const SMALL_BYTES = Math.round(0.02 * BYTES_PER_GIB);

/** Which release measures what. */
export type MeasuredRun = {
  readonly version: string;
  /** Only the last pipeline stage samples. */
  readonly isLastStage: boolean;
  /** The weights are not in 16 bit. */
  readonly isQuantized: boolean;
};

/**
 * What PyTorch allocates at most in vLLM's measuring run, by what drives it. Only the last pipeline stage samples
 * (`gpu_model_runner.py`, `gpu/model_runner.py`: profile_run).
 */
export function peakParts(
  architecture: Architecture,
  placement: Placement,
  batch: BatchSizes,
  {version, isLastStage, isQuantized}: MeasuredRun,
): readonly OverheadPart[] {
  const sampler = samplerOf(version, usesSecondRunner(architecture, version, isQuantized));
  const sampling = isLastStage ? [samplerPart(architecture, batch, sampler)] : [];
  const forward = forwardPart(architecture, placement, batch, sampling[0]?.bytes ?? 0);
  const work = isVersionAtLeast(version, [0, 17]) ? expertsPart(architecture, placement, batch) : [];
  const text = [...sampling, forward, ...work];
  return [...text, ...visionPart(architecture, placement, batch, text)];
}

function samplerOf(version: string, isSecondRunner: boolean): (typeof samplers)[keyof typeof samplers] {
  if (isSecondRunner) return samplers.unfiltered;
  if (isVersionAtLeast(version, [0, 21])) return samplers.flashInfer;
  if (isVersionAtLeast(version, [0, 17])) return samplers.selecting;
  return isVersionAtLeast(version, [0, 11]) ? samplers.sorting : samplers.older;
}

function samplerPart(
  {vocabularySize}: Architecture,
  {requests}: BatchSizes,
  {ratio, least, most, how}: ReturnType<typeof samplerOf>,
): OverheadPart {
  const bytes = Math.round(ratio * requests * vocabularySize * 4);
  return {
    label: 'Overhead: sampler',
    expression: () =>
      `${ratio} x ${countText(requests)} requests x ${countText(vocabularySize)} vocabulary x 4 bytes (${how})`,
    bytes,
    leastBytes: Math.round(bytes * least),
    mostBytes: Math.round(bytes * most),
  };
}

/** The last hidden states exist while it samples; the pass before that counts where it needs more than the sampler. */
function forwardPart(
  architecture: Architecture,
  {denseRanks}: Placement,
  {tokens}: BatchSizes,
  samplerBytes: number,
): OverheadPart {
  const {hiddenSize} = architecture;
  const width = widestLayer(architecture);
  const perToken = (3 * width) / denseRanks + HIDDEN_COPIES * hiddenSize;
  const keptBytes = tokens * hiddenSize * ELEMENT_BYTES;
  const passBytes = Math.round(tokens * perToken * ELEMENT_BYTES);
  const isPassLarger = passBytes > samplerBytes + keptBytes;
  const bytes = SMALL_BYTES + (isPassLarger ? passBytes - samplerBytes : keptBytes);
  return {
    label: 'Overhead: activations',
    expression: () =>
      isPassLarger
        ? `${countText(tokens)} tokens x (3 x ${countText(width)} / ${denseRanks} + ${HIDDEN_COPIES} x ${countText(hiddenSize)}) x 2 bytes${samplerBytes === 0 ? '' : ', beyond the sampler'}`
        : `${countText(tokens)} tokens x ${countText(hiddenSize)} x 2 bytes, kept while it samples`,
    bytes,
    leastBytes: Math.round(bytes * 0.8),
    mostBytes: Math.round(bytes * 1.25) + SMALL_BYTES,
  };
}

/** The intermediate size of the widest layer that every token passes. */
function widestLayer({experts, denseIntermediateSize}: Architecture): number {
  if (experts === null) return denseIntermediateSize;
  return Math.max(experts.firstDenseLayers > 0 ? denseIntermediateSize : 0, experts.sharedIntermediateSize);
}

/**
 * Every token once for each of its experts, with the input and both projections, kept between passes since 0.17: fitted
 * on starts of 0.19 (DeepSeek V2 Lite, Qwen 1.5 and 3). The kernels for gpt-oss's experts keep none, nor did any of 0.11 to
 * 0.16. Replicas that share their experts work on the tokens of all.
 */
function expertsPart({experts, hiddenSize}: Architecture, placement: Placement, batch: BatchSizes): OverheadPart[] {
  if (experts === null || experts.hasBiases) return [];
  const {expertRanks, replicas, isExpertParallel} = placement;
  const sharing = expertRanks > placement.denseRanks ? replicas : 1;
  const ranks = isExpertParallel ? 1 : expertRanks;
  const tokens = (batch.tokens * sharing) / (isExpertParallel ? expertRanks : 1);
  const perToken = experts.expertsPerToken * ((2 * experts.expertIntermediateSize) / ranks + hiddenSize);
  const bytes = Math.round(tokens * perToken * ELEMENT_BYTES);
  const divided = ranks === 1 ? '' : ` / ${ranks}`;
  return [
    {
      label: "Overhead: experts' work",
      expression: () =>
        `${countText(Math.round(tokens))} tokens x ${experts.expertsPerToken} experts x (2 x ${countText(experts.expertIntermediateSize)}${divided} + ${countText(hiddenSize)}) x 2 bytes`,
      bytes,
      leastBytes: Math.round(bytes * 0.4),
      mostBytes: Math.round(bytes * 1.6),
    },
  ];
}

/**
 * The tower is measured with the largest image before the text is: its results stay, and its own work counts where that is more
 * than all of the text's. 22,282 bytes a patch of a tower of 768 and 3,072 were logged (Qwen 3.5 0.8B).
 */
function visionPart(
  {vision, hiddenSize}: Architecture,
  {visionMode}: Placement,
  {tokens}: BatchSizes,
  text: readonly OverheadPart[],
): OverheadPart[] {
  if (vision === null || visionMode === 'absent') return [];
  const kept = Math.round(VISION_COPIES * tokens * hiddenSize * ELEMENT_BYTES);
  const patches = 'patches' in vision ? vision.patches : 'positions' in vision ? QWEN_PATCHES : MOONVIT_PATCHES;
  const perPatch = 2 * vision.intermediateSize + 5 * vision.hiddenSize;
  const work = patches * perPatch * ELEMENT_BYTES - text.reduce((sum, part) => sum + part.bytes, 0);
  const isWorkLarger = work > kept;
  const bytes = isWorkLarger ? work : kept;
  return [
    {
      label: 'Overhead: vision',
      expression: () =>
        isWorkLarger
          ? `${countText(patches)} patches x (2 x ${countText(vision.intermediateSize)} + 5 x ${countText(vision.hiddenSize)}) x 2 bytes, beyond the text`
          : `${VISION_COPIES} x ${countText(tokens)} tokens x ${countText(hiddenSize)} x 2 bytes`,
      bytes,
      leastBytes: 0,
      mostBytes: bytes * 2,
    },
  ];
}
