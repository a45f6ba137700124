import {SECONDS_PER_HOUR} from '../../shared/units.ts';
import {
  blendedUsdPerMillion,
  breakEvenMillionTokens,
  type ExactMix,
  type ExactRange,
  exactMix,
  mapRange,
  tokensPerSecond,
} from './break-even.ts';
import {type CandidateNode, cheapestNode} from './candidate-nodes.ts';
import {type ApiPrice, isStale} from './published-prices.ts';
import {highestOfEach, isCard, type PublishedThroughput, publishedThroughputs} from './published-throughput.ts';
import {difference, exactNumber, one, product, quotient, type Rational, rational, rounded} from './rational.ts';

/** What a break-even is computed from. */
export type BreakEvenAssumptions = {
  /** `8xH100`. */
  readonly node: string;
  readonly gpuName: string;
  readonly gpuCount: number;
  readonly usdPerMonth: ExactRange;
  /** Where the price of the node comes from, as a sentence's part: `of the published guide`. */
  readonly priceOrigin: string;
  readonly hours: Rational;
  readonly utilization: Rational;
  /** What says so, as a part of a sentence: `as given`. */
  readonly utilizationOrigin: string;
  readonly mix: ExactMix;
  /** Of the input, what is read from a cache. */
  readonly cachedOfInput: Rational;
  /** Where mix and tokens come from; null for assumptions. */
  readonly trafficOrigin: string | null;
  readonly api: ApiPrice;
  readonly tokensPerMonth: Rational;
  /** Of observed traffic; null for assumed one. */
  readonly busy: BusyHours | null;
};

/** The rate of busy hours, tokens per second: of what is computed, which is all but cached input, and of the output of it. */
export type BusyHours = {readonly computedTokensPerSecond: number; readonly outputTokensPerSecond: number};

/** Whether the node holds the model, in the words of its plan. */
export type NodeFit = {readonly isHeld: boolean; readonly reason: string; readonly smallestNodes: string | null};

type Range = {readonly low: number; readonly high: number};
type MixRatios = {readonly inputRatio: number; readonly cachedInputRatio: number; readonly outputRatio: number};

/** The answer as `gantry break-even --json` prints it; USD, tokens per second of all kinds together. */
export type BreakEvenAnswer = {
  readonly schemaVersion: 1;
  readonly assumptions: {
    readonly node: string;
    readonly priceOrigin: string;
    readonly hoursPerMonth: number;
    readonly utilizationRatio: number;
    readonly utilizationOrigin: string;
    /** Where mix and tokens come from; null where they are assumed. */
    readonly trafficOrigin: string | null;
    readonly mix: MixRatios;
    readonly api: ApiPrice & {readonly isStale: boolean};
  };
  /** Of an hour of the month, also one in which it does not serve. */
  readonly nodeUsdPerHour: Range;
  readonly monthlyCostUsd: Range;
  readonly blendedUsdPerMillionTokens: number;
  readonly breakEvenMillionTokensPerMonth: Range;
  readonly tokensPerSecond: Range;
  readonly atTokens: {
    readonly millionTokensPerMonth: number;
    readonly tokensPerSecond: number;
    /** The same without what is read from a cache: what published throughput is compared with. */
    readonly computedTokensPerSecond: number;
    readonly apiUsd: number;
    /** With the dearest node and with the cheapest; below zero where the API is cheaper. */
    readonly savedUsd: Range;
  };
  readonly plan: NodeFit;
  /** Of the node first, then of others: of each node, model and publisher the highest. */
  readonly published: readonly WorthThroughput[];
  readonly mixes: readonly MixRow[];
  readonly candidates: readonly RatedNode[];
  /** What 95 of 100 hours of the observed traffic have at most; null for assumed traffic. */
  readonly busy: BusyHours | null;
  /** What a node has to do: the higher of the busy hours and of `atTokens`. */
  readonly needed: BusyHours;
  /** For what is needed, of the candidates; null where none is known to be enough. */
  readonly cheapestNode: CandidateNode | null;
};

/** With what the API charges for the published throughput, USD per hour, at its own share of output. */
export type WorthThroughput = PublishedThroughput & {readonly isSameNode: boolean; readonly apiUsdPerHour: number};

/** A node that holds the model; null where no throughput was published. */
export type RatedNode = CandidateNode & {readonly apiUsdPerHour: number | null};

/** One mix: what an API charges for it, and the break-even at the prices of `mixNodes`. */
export type MixRow = {
  readonly mix: MixRatios;
  readonly isAssumed: boolean;
  readonly usdPerMillionTokens: number;
  readonly tokensPerSecond: readonly number[];
};

/** Prices of nodes that mixes are compared at, USD per hour. */
export const mixNodes = [
  {node: '8xH100', usdPerHour: 16},
  {node: '8xH100', usdPerHour: 24},
  {node: '8xH200', usdPerHour: 28.8},
  {node: '8xH200', usdPerHour: 36},
  {node: '8xB200', usdPerHour: 40},
] as const;

/** Half and half as in the published guide, a chat, the same with a prefix cache, and coding agents as measured. */
const comparedMixes: readonly ExactMix[] = [
  exactMix(rational(1, 2), rational(0)),
  exactMix(rational(4, 5), rational(0)),
  exactMix(rational(4, 5), rational(4, 5)),
  exactMix(rational(20, 21), rational(9, 10)),
];

/** The answer; null where the API charges nothing for this mix, so that no node ever breaks even. */
export function breakEvenAnswer(
  assumed: BreakEvenAssumptions,
  others: {readonly plan: NodeFit; readonly candidates: readonly CandidateNode[]; readonly nowMs: number},
): BreakEvenAnswer | null {
  const {usdPerMonth, hours, utilization, mix, api, tokensPerMonth} = assumed;
  const blended = blendedUsdPerMillion(mix, api);
  if (blended.dividend === 0n) return null;
  const terms = {usdPerMonth, hours, utilization, blended};
  const millions = breakEvenMillionTokens(terms);
  const atMillions = quotient(tokensPerMonth, rational(1_000_000));
  const apiUsd = product(atMillions, blended);
  const rate = tokensPerSecond(atMillions, terms);
  const required = rounded(rate, 1);
  const computed = rounded(product(rate, difference(one, mix.cachedInput)), 1);
  const needed = neededOf(assumed.busy, computed, required * rounded(mix.output, 6));
  return {
    schemaVersion: 1,
    assumptions: {
      node: assumed.node,
      priceOrigin: assumed.priceOrigin,
      hoursPerMonth: rounded(hours, 6),
      utilizationRatio: rounded(utilization, 6),
      utilizationOrigin: assumed.utilizationOrigin,
      trafficOrigin: assumed.trafficOrigin,
      mix: ratiosOf(mix),
      api: {...api, isStale: isStale(api, others.nowMs)},
    },
    nodeUsdPerHour: numbersOf(
      mapRange(usdPerMonth, (usd) => quotient(usd, hours)),
      6,
    ),
    monthlyCostUsd: numbersOf(usdPerMonth, 2),
    blendedUsdPerMillionTokens: rounded(blended, 6),
    breakEvenMillionTokensPerMonth: numbersOf(millions, 0),
    tokensPerSecond: numbersOf(
      mapRange(millions, (end) => tokensPerSecond(end, terms)),
      1,
    ),
    atTokens: {
      millionTokensPerMonth: rounded(atMillions, 6),
      tokensPerSecond: required,
      computedTokensPerSecond: computed,
      apiUsd: rounded(apiUsd, 2),
      savedUsd: {
        low: rounded(difference(apiUsd, usdPerMonth.high), 2),
        high: rounded(difference(apiUsd, usdPerMonth.low), 2),
      },
    },
    plan: others.plan,
    published: comparable(assumed),
    mixes: mixRows(assumed),
    candidates: others.candidates.map((node) => ({
      ...node,
      apiUsdPerHour: node.published === null ? null : worthOf(node.published, assumed),
    })),
    busy: assumed.busy,
    needed,
    cheapestNode: cheapestFor(needed, others.candidates),
  };
}

function neededOf(busy: BusyHours | null, computed: number, output: number): BusyHours {
  return {
    computedTokensPerSecond: Math.max(computed, busy?.computedTokensPerSecond ?? 0),
    outputTokensPerSecond: Math.max(output, busy?.outputTokensPerSecond ?? 0),
  };
}

function cheapestFor(needed: BusyHours, candidates: readonly CandidateNode[]): CandidateNode | null {
  const {computedTokensPerSecond: totalTokensPerSecond, outputTokensPerSecond} = needed;
  return cheapestNode(candidates, {totalTokensPerSecond, outputTokensPerSecond});
}

function comparable(assumed: BreakEvenAssumptions): readonly WorthThroughput[] {
  const {gpuName, gpuCount} = assumed;
  return highestOfEach(publishedThroughputs)
    .map((entry) => ({
      ...entry,
      isSameNode: entry.gpuCount === gpuCount && isCard(gpuName, entry.card),
      apiUsdPerHour: worthOf(entry, assumed),
    }))
    .toSorted((a, b) => Number(b.isSameNode) - Number(a.isSameNode));
}

/** What the API charges for an hour of it: published without a cache, here with the assumed share of input from one. */
function worthOf(
  {totalTokensPerSecond, outputTokensPerSecond}: PublishedThroughput,
  {api, cachedOfInput}: BreakEvenAssumptions,
): number {
  const [total, output] = [exactNumber(totalTokensPerSecond), exactNumber(outputTokensPerSecond)];
  const mix = exactMix(quotient(difference(total, output), total), cachedOfInput);
  const millions = product(total, rational(SECONDS_PER_HOUR, 1_000_000));
  return rounded(product(millions, blendedUsdPerMillion(mix, api)), 2);
}

function mixRows({mix, api, hours, utilization}: BreakEvenAssumptions): readonly MixRow[] {
  const own = JSON.stringify(ratiosOf(mix));
  const known = comparedMixes.some((compared) => JSON.stringify(ratiosOf(compared)) === own);
  return [...comparedMixes, ...(known ? [] : [mix])].flatMap((compared) => {
    const blended = blendedUsdPerMillion(compared, api);
    if (blended.dividend === 0n) return [];
    return {
      mix: ratiosOf(compared),
      isAssumed: JSON.stringify(ratiosOf(compared)) === own,
      usdPerMillionTokens: rounded(blended, 4),
      tokensPerSecond: mixNodes.map(({usdPerHour}) => {
        const usdPerMonth = product(exactNumber(usdPerHour), hours);
        return rounded(tokensPerSecond(quotient(usdPerMonth, blended), {hours, utilization}), 0);
      }),
    };
  });
}

function ratiosOf({input, cachedInput, output}: ExactMix): MixRatios {
  return {
    inputRatio: rounded(input, 6),
    cachedInputRatio: rounded(cachedInput, 6),
    outputRatio: rounded(output, 6),
  };
}

function numbersOf({low, high}: ExactRange, decimals: number): Range {
  return {low: rounded(low, decimals), high: rounded(high, decimals)};
}
