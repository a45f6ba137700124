import type {OverheadPart} from '../../../domain/memory/engine-memory.ts';
import type {Architecture} from '../../../domain/memory/model/architecture.ts';
import type {Placement} from '../../../domain/memory/placement.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import {BYTES_PER_GIB} from '../../../shared/units.ts';
import {isVersionAtLeast} from '../../launch/engine-version.ts';
import type {BatchSizes} from './batch-sizes.ts';

/**
 * Peak of the sampler as a multiple of its float32 logits, fitted on published starts with a small forward pass. Until
 * 0.16 it sorts them (logits, sorted values, 64-bit indices, probabilities, sums): 9.56 to 9.64 in four starts of 0.11.
 * Since 0.17 a Triton kernel selects without sorting: 3.67 to 3.73 in four starts of 0.19.
 */
const SORTING_RATIO = 9.58;
const SELECTING_RATIO = 3.69;
/** 16 bit. */
const ELEMENT_BYTES = 2;
/** Hidden states alive at the same time in a forward pass, fitted on CodeLlama 7B and Granite 3.1 8B. */
const HIDDEN_COPIES = 4.25;
/** Results of the vision encoder kept while it is measured, fitted on the two Kimi starts. */
const VISION_COPIES = 2.5;
/** Small buffers of the sampler and the scheduler: what the four starts of 0.11 leave over. */
const SMALL_BYTES = Math.round(0.02 * BYTES_PER_GIB);

/**
 * What PyTorch allocates at most in vLLM's measuring run, by what drives it. Only the last pipeline stage samples
 * (`gpu_model_runner.py`, `gpu/model_runner.py`: profile_run).
 */
export function peakParts(
  architecture: Architecture,
  placement: Placement,
  batch: BatchSizes,
  {version, isLastStage}: {readonly version: string; readonly isLastStage: boolean},
): readonly OverheadPart[] {
  const samplers = isLastStage ? [samplerPart(architecture, batch, version)] : [];
  return [
    ...samplers,
    forwardPart(architecture, placement, batch, samplers[0]?.bytes ?? 0),
    ...(isVersionAtLeast(version, [0, 17]) ? expertsPart(architecture, placement, batch) : []),
    ...visionPart(architecture, placement, batch),
  ];
}

function samplerPart({vocabularySize}: Architecture, {requests}: BatchSizes, version: string): OverheadPart {
  const isSelecting = isVersionAtLeast(version, [0, 17]);
  const ratio = isSelecting ? SELECTING_RATIO : SORTING_RATIO;
  const bytes = Math.round(ratio * requests * vocabularySize * 4);
  const how = isSelecting ? 'a kernel that does not sort, since 0.17' : 'it sorts, until 0.16';
  return {
    label: 'Overhead: sampler',
    expression: () =>
      `${ratio} x ${countText(requests)} requests x ${countText(vocabularySize)} vocabulary x 4 bytes (${how})`,
    bytes,
    leastBytes: Math.round(bytes * 0.95),
    mostBytes: Math.round(bytes * 1.05),
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

function visionPart({vision, hiddenSize}: Architecture, {visionMode}: Placement, {tokens}: BatchSizes): OverheadPart[] {
  if (vision === null || visionMode === 'absent') return [];
  const bytes = Math.round(VISION_COPIES * tokens * hiddenSize * ELEMENT_BYTES);
  return [
    {
      label: 'Overhead: vision',
      expression: () => `${VISION_COPIES} x ${countText(tokens)} tokens x ${countText(hiddenSize)} x 2 bytes`,
      bytes,
      leastBytes: 0,
      mostBytes: bytes * 2,
    },
  ];
}
