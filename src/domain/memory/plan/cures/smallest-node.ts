import {BYTES_PER_GIB} from '../../../../shared/units.ts';
import type {CardFamily} from '../../card-catalog.ts';
import {type CatalogCard, catalogCards} from '../../cards.ts';
import {placeWeights, singleCard} from '../../placement.ts';
import {divideCard, type PlanInput} from '../memory-budget.ts';
import {SHORTEST_USEFUL_TOKENS} from '../plan-limits.ts';
import {changed, fits} from './fits.ts';

/** Usual GPU counts of nodes, and of tensor-parallel ranks. */
const COUNTS = [1, 2, 4, 8, 16, 32];
/** Cards below this size are not connected over several machines. */
const SMALL_CARD_BYTES = 64 * BYTES_PER_GIB;
const MOST_SMALL_CARDS = 8;

/** A node of the catalog that fits the launch. */
export type HoldingNode = {
  readonly gpuName: string;
  readonly family: CardFamily;
  readonly gpuCount: number;
  readonly totalBytes: number;
};

/**
 * The smallest node of each GPU generation on which the same settings fit, spread over all its GPUs; the smallest total
 * first. GPUs of another vendor, unmeasured ones and hosts with unified memory are skipped; the measured overhead is not used, because it belongs
 * to another GPU.
 */
export function smallestNodes(input: PlanInput): readonly HoldingNode[] {
  const smallest = new Map<CardFamily, HoldingNode>();
  for (const candidate of nodesBySize(input)) {
    if (smallest.has(candidate.card.family) || !holdsOn(input, candidate, 0)) continue;
    smallest.set(candidate.card.family, holdingNode(candidate));
  }
  return [...smallest.values()];
}

/** The same of each GPU type, and with room for `leastTokens` in the KV cache; in steps of a plan, as there are many types. */
export function* smallestOfCardsSteps(input: PlanInput, leastTokens: number): Generator<void, readonly HoldingNode[]> {
  const smallest = new Map<string, HoldingNode>();
  for (const candidate of nodesBySize(input)) {
    if (smallest.has(candidate.card.name)) continue;
    yield;
    if (holdsOn(input, candidate, leastTokens)) smallest.set(candidate.card.name, holdingNode(candidate));
  }
  return [...smallest.values()];
}

function holdingNode({card, gpuCount, totalBytes}: Candidate): HoldingNode {
  return {gpuName: card.name, family: card.family, gpuCount, totalBytes};
}

function holdsOn(input: PlanInput, {card, gpuCount}: Candidate, leastTokens: number): boolean {
  const node = {card, gpuCount, hostCount: 1};
  return holds({...input, node, learned: null, learnedFor: () => null}, leastTokens);
}

type Candidate = {readonly card: CatalogCard; readonly gpuCount: number; readonly totalBytes: number};

/** Every node that is large enough for one copy of the weights on its GPUs, the smallest first. */
function nodesBySize(input: PlanInput): readonly Candidate[] {
  const isAmd = input.node.card.family === 'cdna';
  const leastBytes = undividedBytes(input);
  return catalogCards()
    .filter((card) => (card.family === 'cdna') === isAmd && (isAmd || !card.isUnmeasured) && !card.isUnified)
    .flatMap((card) => countsOf(card).map((gpuCount) => ({card, gpuCount, totalBytes: card.nvmlBytes * gpuCount})))
    .filter(({totalBytes}) => totalBytes > leastBytes)
    .toSorted((a, b) => a.totalBytes - b.totalBytes);
}

/** The weights if one GPU had them all: however they are divided, the GPUs of a node hold that much together. */
function undividedBytes(input: PlanInput): number {
  const {architecture, parts} = input.model;
  const {visionMode, hostParts, hostExpertShares} = divideCard(input).terms.placement;
  const [whole] = placeWeights(architecture, parts, {...singleCard, visionMode, hostParts, hostExpertShares});
  return whole?.totalBytes ?? 0;
}

function countsOf({nvmlBytes}: CatalogCard): readonly number[] {
  return nvmlBytes < SMALL_CARD_BYTES ? COUNTS.filter((count) => count <= MOST_SMALL_CARDS) : COUNTS;
}

function holds(input: PlanInput, leastTokens: number): boolean {
  const {heads} = input.model.architecture.attention;
  const {gpuCount} = input.node;
  if (heads % gpuCount !== 0) return false;
  const tokens = Math.min(input.settings.contextLengthTokens, input.model.architecture.maxContextTokens);
  const change = {
    tensorParallelSize: gpuCount,
    pipelineParallelSize: 1,
    dataParallelSize: 1,
    decodeContextParallelSize: 1,
    contextLengthTokens: Math.max(SHORTEST_USEFUL_TOKENS, tokens),
  };
  return fits(input, change) && divideCard(changed(input, change)).capacity.capacityTokens >= leastTokens;
}
