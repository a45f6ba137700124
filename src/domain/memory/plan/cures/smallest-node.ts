import {BYTES_PER_GIB} from '../../../../shared/units.ts';
import type {CardFamily} from '../../card-catalog.ts';
import {type CatalogCard, catalogCards} from '../../cards.ts';
import type {PlanInput} from '../memory-budget.ts';
import {SHORTEST_USEFUL_TOKENS} from '../plan-limits.ts';
import {fits} from './fits.ts';

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
  for (const node of holdingNodes(input)) {
    if (!smallest.has(node.family)) smallest.set(node.family, node);
  }
  return [...smallest.values()];
}

function holdingNodes(input: PlanInput): readonly HoldingNode[] {
  const found: HoldingNode[] = [];
  const isAmd = input.node.card.family === 'cdna';
  for (const card of catalogCards()) {
    if ((card.family === 'cdna') !== isAmd || (!isAmd && card.isUnmeasured) || card.isUnified) continue;
    const gpuCount = countsOf(card).find((count) =>
      holds({...input, node: {card, gpuCount: count, hostCount: 1}, learned: null, learnedFor: () => null}),
    );
    if (gpuCount === undefined) continue;
    found.push({gpuName: card.name, family: card.family, gpuCount, totalBytes: card.nvmlBytes * gpuCount});
  }
  return found.toSorted((a, b) => a.totalBytes - b.totalBytes);
}

function countsOf({nvmlBytes}: CatalogCard): readonly number[] {
  return nvmlBytes < SMALL_CARD_BYTES ? COUNTS.filter((count) => count <= MOST_SMALL_CARDS) : COUNTS;
}

function holds(input: PlanInput): boolean {
  const {heads} = input.model.architecture.attention;
  const {gpuCount} = input.node;
  if (heads % gpuCount !== 0) return false;
  const tokens = Math.min(input.settings.contextLengthTokens, input.model.architecture.maxContextTokens);
  return fits(input, {
    tensorParallelSize: gpuCount,
    pipelineParallelSize: 1,
    dataParallelSize: 1,
    decodeContextParallelSize: 1,
    contextLengthTokens: Math.max(SHORTEST_USEFUL_TOKENS, tokens),
  });
}
