import {valueOrNull} from '../../../samples/reading.ts';
import {cardByName} from '../../memory/cards.ts';
import {changed} from '../../memory/plan/cures/fits.ts';
import {smallestOfCardsSteps} from '../../memory/plan/cures/smallest-node.ts';
import {divideCard, type PlanInput} from '../../memory/plan/memory-budget.ts';
import {comparedContexts} from '../../traffic/context-shares.ts';
import {type CandidateNode, candidateNode} from '../candidate-nodes.ts';
import type {PublishedPrices} from '../published-prices.ts';
import {isWholeWeek, longestAtMost, type ObservedLoad} from './observed-load.ts';

/** A context that the engine could be started with, and what it would refuse of what was asked. */
export type SizedWindow = {
  readonly contextTokens: number;
  readonly isPresent: boolean;
  /** Null where the sizes of requests are unknown; `atMost` is null where nothing limits it. */
  readonly refused: {readonly atLeast: number; readonly atMost: number | null} | null;
  /** Requests of this length that the plan has room for at the same time. The KV cache is the same for each context. */
  readonly fullLengthSequences: number;
};

/** Another node, and whether it would do. */
export type SizedNode = CandidateNode & {
  /** `unpublished`: nothing is known of its throughput. */
  readonly throughput: 'enough' | 'too-low' | 'unpublished';
  /** Against the present node: at every known rent, at some of them, at none; null where a price is unknown. */
  readonly cheaper: 'always' | 'sometimes' | 'never' | null;
};

/** How large window and node have to be for what was observed. */
export type RightSize = {
  readonly load: ObservedLoad;
  /** False while there is less than a week, or less than 95 % of it: then nothing is advised. */
  readonly isWholeWeek: boolean;
  readonly present: {
    readonly gpuName: string;
    readonly gpuCount: number;
    readonly usdPerHour: number | null;
    readonly contextTokens: number;
  };
  readonly windows: readonly SizedWindow[];
  /** The shortest of the windows that refuses nothing of what was observed. */
  readonly neededContextTokens: number;
  /** Room in the KV cache for what was in it at most, and a quarter more; at least one request of the needed window. */
  readonly neededKvTokens: number;
  /** Nodes that hold the model, the needed window and the KV cache by the plan: the smallest of each GPU type. */
  readonly nodes: readonly SizedNode[];
  /** The cheapest one that certainly costs less and has the throughput; null while no whole week says so. */
  readonly smaller: SizedNode | null;
};

export type RightSizeInput = {
  /** Of the present node and settings. */
  readonly plan: PlanInput;
  readonly load: ObservedLoad;
  /** Tokens in the KV cache of the present engine. */
  readonly kvCapacityTokens: number;
  readonly nodeUsdPerHour: number | null;
  readonly prices: PublishedPrices;
  readonly nowMs: number;
};

/** Peaks are means of some minutes. */
const KV_MARGIN = 1.25;

/** Compares window and node with what was observed; in steps, as each other node is planned. */
export function* rightSizeSteps(input: RightSizeInput): Generator<void, RightSize> {
  const {plan, load, nodeUsdPerHour} = input;
  const {gpuName, gpuCount} = presentNode(plan);
  yield;
  const windows = windowsOf(plan, load);
  yield;
  const neededContextTokens = neededContext(windows, load, plan.settings.contextLengthTokens);
  const usedTokens = (load.mostKvUsageRatio ?? 1) * input.kvCapacityTokens;
  const neededKvTokens = Math.max(neededContextTokens, Math.ceil(usedTokens * KV_MARGIN));
  const nodes = yield* nodesFor(input, neededContextTokens, neededKvTokens);
  return {
    load,
    isWholeWeek: isWholeWeek(load),
    present: {
      gpuName,
      gpuCount,
      usdPerHour: nodeUsdPerHour,
      contextTokens: plan.settings.contextLengthTokens,
    },
    windows,
    neededContextTokens,
    neededKvTokens,
    nodes,
    smaller: isWholeWeek(load) ? cheapest(nodes) : null,
  };
}

/** By the name that the catalog has, where it has the card. */
function presentNode({node: {card, gpuCount}}: PlanInput): Pick<CandidateNode, 'gpuName' | 'gpuCount'> {
  return {gpuName: cardByName(card.name)?.name ?? card.name, gpuCount};
}

function windowsOf(plan: PlanInput, {lengths}: ObservedLoad): readonly SizedWindow[] {
  const present = plan.settings.contextLengthTokens;
  const known = valueOrNull(lengths)?.refused ?? [];
  const shorter = comparedContexts.filter((tokens) => tokens < present);
  return [...shorter, present].map((contextTokens) => {
    const found = known.find((one) => one.contextTokens === contextTokens);
    const isPresent = contextTokens === present;
    return {
      contextTokens,
      isPresent,
      refused: isPresent || found === undefined ? null : {atLeast: found.atLeast, atMost: found.atMost},
      fullLengthSequences: divideCard(changed(plan, {contextLengthTokens: contextTokens})).capacity.fullLengthSequences,
    };
  });
}

function neededContext(windows: readonly SizedWindow[], load: ObservedLoad, present: number): number {
  const longest = longestAtMost(load);
  const enough = windows.find(
    ({refused, contextTokens}) => refused?.atMost === 0 || (longest !== null && contextTokens >= longest),
  );
  return enough?.contextTokens ?? present;
}

function* nodesFor(
  {plan, load, nodeUsdPerHour, prices, nowMs}: RightSizeInput,
  contextTokens: number,
  kvTokens: number,
): Generator<void, readonly SizedNode[]> {
  const needed = changed(plan, {contextLengthTokens: contextTokens});
  const present = candidateNode(presentNode(plan), prices, nowMs);
  const smallest = yield* smallestOfCardsSteps(needed, kvTokens);
  return smallest
    .map((node) => candidateNode(node, prices, nowMs))
    .filter(({gpuName, gpuCount}) => gpuName !== present.gpuName || gpuCount < present.gpuCount)
    .map((node) => ({
      ...node,
      throughput: throughputOf(node, load),
      cheaper: cheaperThan(node, present, nodeUsdPerHour),
    }));
}

function throughputOf({published}: CandidateNode, load: ObservedLoad): SizedNode['throughput'] {
  const {busyTokensPerSecond: all, busyOutputTokensPerSecond: output} = load;
  if (published === null || all === null || output === null) return 'unpublished';
  return published.totalTokensPerSecond >= all && published.outputTokensPerSecond >= output ? 'enough' : 'too-low';
}

/** Fewer of the same GPUs cost less at any price; otherwise the known price of the node decides, else its own rents. */
function cheaperThan(node: CandidateNode, present: CandidateNode, nodeUsdPerHour: number | null): SizedNode['cheaper'] {
  if (node.gpuName === present.gpuName) return node.gpuCount < present.gpuCount ? 'always' : 'never';
  const least = nodeUsdPerHour ?? present.usdPerHour?.low ?? null;
  const mostUsd = nodeUsdPerHour ?? present.usdPerHour?.high ?? null;
  if (node.usdPerHour === null || least === null || mostUsd === null) return null;
  if (node.usdPerHour.high < least) return 'always';
  return node.usdPerHour.low < mostUsd ? 'sometimes' : 'never';
}

function cheapest(nodes: readonly SizedNode[]): SizedNode | null {
  const [first = null] = nodes
    .filter(({throughput, cheaper}) => throughput === 'enough' && cheaper === 'always')
    .toSorted((a, b) => (a.usdPerHour?.high ?? 0) - (b.usdPerHour?.high ?? 0));
  return first;
}
