import type {CardMemory} from '../../../domain/memory/cards.ts';
import type {DraftTerms, OverheadPart} from '../../../domain/memory/engine-memory.ts';
import type {Architecture} from '../../../domain/memory/model/architecture.ts';
import type {Placement} from '../../../domain/memory/placement.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {BYTES_PER_GIB} from '../../../shared/units.ts';
import {isVersionAtLeast} from '../../launch/engine-version.ts';
import type {MemoryArguments} from '../memory-arguments.ts';
import type {BatchSizes} from './batch-sizes.ts';
import {usesSecondRunner} from './model-runner.ts';
import type {MeasuredRun} from './peak-parts.ts';

/**
 * GiB outside PyTorch on 1, 2, 4 and 8 GPUs, as published starts log it: NCCL's buffers, its multicast on Hopper, and
 * since 0.18 the buffers of fused all-reduces. 8 GPUs and other cards than Hopper: what their pools leave over. One GPU
 * that is not Hopper since 0.26: 0.51 logged by 0.28 on an A100.
 */
const since018 = {
  hopper: [0.25, 2.07, 2.15, 2.27],
  blackwell: [0.25, 1.5, 1.5, 1.5],
  others: [0.25, 0.7, 0.9, 1.17],
} as const;
const processGib = {
  before018: {hopper: [0.13, 0.55, 2.05, 1.87], others: [0.13, 0.55, 0.72, 1]},
  since018,
  since026: {...since018, others: [0.5, 0.7, 0.9, 1.17]},
} as const;
/** GiB for each doubling of the ranks that share a sequence: 0.5 on 4 and 0.94 on 8 RTX PRO 6000; none on H200. */
const SHARING_GIB = 0.3;
/** A draft's own logits and activations, GiB: Kimi K2.6 with EAGLE-3 on RTX PRO 6000, compared to without. */
const DRAFT_GIB = 0.7;
/**
 * GiB of CUDA graphs: a base, and for every graph and layer; fitted on estimates that 0.18 to 0.28 logged. Of dense models they
 * are 0.08 for 18 graphs of 28 layers, 0.27 for 86 of 28, 0.13 for 13 of 60; with linear attention 0.40 for 54 of 32.
 */
const graphGib = {
  dense: {base: 0.1, perLayer: 1.2e-4},
  linear: {base: 0.2, perLayer: 1.2e-4},
  experts: {base: 0.2, perLayer: 2.5e-4},
} as const;

/** On unified memory what the host takes while vLLM measures counts, too: one set of settings had 16 % less at the next boot. */
const UNIFIED_GIB = 6;
/** The line of what vLLM counts as weights when it has loaded them. */
export const TABLES_LABEL = 'Overhead: tables';

type ProcessInput = MeasuredRun & {
  readonly card: CardMemory;
  readonly architecture: Architecture;
  readonly placement: Placement;
  readonly batch: BatchSizes;
  readonly argv: MemoryArguments;
};

/** What the budget holds besides PyTorch's peak. */
export function processParts(input: ProcessInput): readonly OverheadPart[] {
  const {card, placement, argv, version, isLastStage} = input;
  return [
    ...tablesPart(input),
    ranksPart(card, placement.attentionRanks, version),
    ...sharingPart(card, placement.decodeContextRanks),
    ...(isLastStage ? draftPart(argv.draft) : []),
    ...graphsPart(input),
  ];
}

/** What loading adds to the weights, and logs as part of them (`rotary_embedding`). */
function tablesPart({architecture: {rotaryTable}}: ProcessInput): OverheadPart[] {
  if (rotaryTable === undefined) return [];
  const {positions, size} = rotaryTable;
  const bytes = positions * size * 2;
  return [
    {
      label: TABLES_LABEL,
      expression: () =>
        `rotary positions: ${countText(positions)} x ${countText(size)} x 2 bytes, logged with the weights`,
      bytes,
      leastBytes: 0,
      mostBytes: bytes,
    },
  ];
}

function ranksPart(card: CardMemory, ranks: number, version: string): OverheadPart {
  const gib = processColumn(card, version)[ranks >= 8 ? 3 : ranks >= 4 ? 2 : ranks >= 2 ? 1 : 0];
  const isAlone = ranks === 1;
  return {
    label: 'Overhead: process',
    expression: () => (isAlone ? 'outside PyTorch on one GPU' : `outside PyTorch on ${ranks} GPUs, mostly NCCL`),
    bytes: inBytes(gib),
    leastBytes: inBytes(isAlone ? gib * 0.1 : gib * 0.5),
    mostBytes: inBytes(gib + (card.isUnified ? UNIFIED_GIB : isAlone ? 0.2 : 1)),
  };
}

function processColumn({family, name}: CardMemory, version: string): readonly [number, number, number, number] {
  const isLinked = !/pcie/i.test(name);
  if (!isVersionAtLeast(version, [0, 18])) {
    return family === 'hopper' && isLinked ? processGib.before018.hopper : processGib.before018.others;
  }
  const columns = isVersionAtLeast(version, [0, 26]) ? processGib.since026 : processGib.since018;
  if (family === 'hopper' && isLinked) return columns.hopper;
  return family === 'blackwell' ? columns.blackwell : columns.others;
}

function sharingPart({family}: CardMemory, ranks: number): OverheadPart[] {
  if (ranks === 1) return [];
  const gib = SHARING_GIB * Math.log2(ranks);
  const isSeen = family === 'blackwell-workstation';
  return [
    {
      label: 'Overhead: shared cache',
      expression: () => `decode context parallel ${ranks}${isSeen ? '' : ': none in starts on H200'}`,
      bytes: isSeen ? inBytes(gib) : 0,
      leastBytes: 0,
      mostBytes: inBytes(gib * 1.5),
    },
  ];
}

function draftPart(draft: DraftTerms | null): OverheadPart[] {
  if (draft === null) return [];
  const bytes = inBytes(DRAFT_GIB);
  return [
    {
      label: 'Overhead: draft',
      expression: () => 'logits and activations of the draft model, one published comparison',
      bytes,
      leastBytes: 0,
      mostBytes: bytes * 3,
    },
  ];
}

/**
 * Captured on top of the budget before 0.20; since then an estimate of them is part of it (`envs.py`), of the second model
 * runner since 0.29.
 */
function graphsPart({architecture, batch, argv, card, version, isQuantized}: ProcessInput): OverheadPart[] {
  const isEstimated = isVersionAtLeast(
    version,
    usesSecondRunner(architecture, version, isQuantized) ? [0, 29] : [0, 20],
  );
  if (argv.isEager || !isEstimated) return [];
  const graphs = capturedGraphs({batch, argv, card, version});
  const {experts, linearAttention, layers} = architecture;
  const {base, perLayer} = graphGib[experts !== null ? 'experts' : linearAttention !== null ? 'linear' : 'dense'];
  const gib = base + perLayer * graphs * layers;
  return [
    {
      label: 'Overhead: CUDA graphs',
      expression: () =>
        `estimate of ${countedText(graphs, 'graph')} of ${countText(architecture.layers)} layers, in the budget since ${usesSecondRunner(architecture, version, isQuantized) ? '0.29' : '0.20'}`,
      bytes: inBytes(gib),
      leastBytes: inBytes(gib * 0.3),
      mostBytes: inBytes(gib * 2 + 0.3),
    },
  ];
}

/** How many CUDA graphs are captured, without `--enforce-eager`. */
export function capturedGraphs({
  batch,
  argv,
  card,
  version,
}: Pick<ProcessInput, 'batch' | 'argv' | 'card' | 'version'>): number {
  return graphCount(batch.requests, argv.largestGraph ?? largestGraph(batch.requests, card, version));
}

function largestGraph(requests: number, {family}: CardMemory, version: string): number {
  const most = family?.startsWith('blackwell') === true && isVersionAtLeast(version, [0, 28]) ? 1024 : 512;
  return Math.min(2 * requests, most);
}

/** Batches of 1, 2, 4, then every 8 up to 256, then every 16: once for any batch, once for decoding requests alone. */
function graphCount(requests: number, largest: number): number {
  return sizesUpTo(largest) + sizesUpTo(Math.min(requests, largest));
}

function sizesUpTo(largest: number): number {
  const small = [1, 2, 4].filter((size) => size <= largest).length;
  return small + Math.floor(Math.min(largest, 255) / 8) + Math.max(0, Math.floor((largest - 240) / 16));
}

function inBytes(gib: number): number {
  return Math.round(gib * BYTES_PER_GIB);
}
