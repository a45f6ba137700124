import type {HistogramSample} from '../../samples/engine-metrics.ts';
import {absent, isAbsent, type Reading, valueOrNull} from '../../samples/reading.ts';
import {type ContextShares, comparedContexts, longestIn} from './context-shares.ts';
import {histogramCount, rankOf} from './histogram-quantile.ts';
import {NO_REQUESTS} from './unmeasured.ts';

/** A number of tokens above the one, and at most the other; null without a limit. */
export type TokenRange = ContextShares['longest'];

/**
 * How long requests were, prompt and answer together. Engines count the two apart: what a request had of both is between
 * two bounds.
 */
export type RequestLengths = {
  readonly requests: number;
  readonly longest: TokenRange;
  readonly p99: TokenRange;
  /** How many of them this context has no room for. */
  readonly refused: {
    readonly contextTokens: number;
    readonly atLeast: number;
    /** The sum of what is too long of prompts and of answers; null where the answers were not counted. */
    readonly atMost: number | null;
  }[];
};

const QUANTILE = 0.99;

/** From the sizes of prompts and of answers of the same requests; absent without a prompt. */
export function requestLengthsOf(
  prompts: Reading<HistogramSample>,
  answers: Reading<HistogramSample>,
): Reading<RequestLengths> {
  if (isAbsent(prompts)) return prompts;
  const requests = Math.max(histogramCount(prompts), isAbsent(answers) ? 0 : histogramCount(answers));
  if (requests <= 0) return absent(NO_REQUESTS);
  const parts = [
    stepsOf(prompts),
    isAbsent(answers) || histogramCount(answers) <= 0 ? null : stepsOf(answers),
  ] as const;
  return {
    requests,
    longest: sumOf(valueOrNull(longestIn(prompts)), valueOrNull(longestIn(answers))),
    p99: p99Of(requests, ...parts),
    refused: comparedContexts.map((contextTokens) => refusedAt(contextTokens, requests, ...parts)),
  };
}

/** A bound, and how many observations are above it: exact there, and only there. */
type Step = {readonly tokens: number; readonly above: number};

/** From zero on, ascending. */
function stepsOf(sizes: HistogramSample): readonly Step[] {
  const count = histogramCount(sizes);
  const finite = sizes.buckets.filter(({le}) => Number.isFinite(le) && le > 0);
  return [{tokens: 0, above: count}, ...finite.map(({le, count: upTo}) => ({tokens: le, above: count - upTo}))];
}

function sumOf(prompt: TokenRange | null, answer: TokenRange | null): TokenRange {
  const most = prompt?.atMostTokens ?? null;
  const mostAnswer = answer?.atMostTokens ?? null;
  return {
    aboveTokens: Math.max(prompt?.aboveTokens ?? 0, answer?.aboveTokens ?? 0),
    atMostTokens: most === null || mostAnswer === null ? null : most + mostAnswer,
  };
}

/**
 * A request is not longer than A + B unless its prompt is longer than A or its answer than B: for every division of a
 * context the two counts are an upper bound together, and the lowest one counts.
 */
function refusedAt(
  contextTokens: number,
  requests: number,
  prompts: readonly Step[],
  answers: readonly Step[] | null,
): RequestLengths['refused'][number] {
  const longAlone = (steps: readonly Step[]): number => steps.find(({tokens}) => tokens >= contextTokens)?.above ?? 0;
  const atLeast = Math.max(longAlone(prompts), answers === null ? 0 : longAlone(answers));
  if (answers === null) return {contextTokens, atLeast, atMost: null};
  const divisions = prompts
    .filter(({tokens}) => tokens <= contextTokens)
    .map(({tokens, above}) => above + aboveAtMost(answers, contextTokens - tokens));
  return {contextTokens, atLeast, atMost: Math.min(requests, ...divisions)};
}

/** At most so many are above a number of tokens: those above the last bound that is not above it. */
function aboveAtMost(steps: readonly Step[], tokens: number): number {
  return steps.findLast((step) => step.tokens <= tokens)?.above ?? Number.POSITIVE_INFINITY;
}

function p99Of(requests: number, prompts: readonly Step[], answers: readonly Step[] | null): TokenRange {
  const mayBeLonger = requests - rankOf(QUANTILE, requests);
  const aboveTokens = Math.max(...[prompts, answers ?? []].map((steps) => lowerBound(steps, mayBeLonger)));
  const sums = prompts.flatMap((prompt) => {
    const answer = answers?.find(({above}) => prompt.above + above <= mayBeLonger);
    return answer === undefined ? [] : [prompt.tokens + answer.tokens];
  });
  return {aboveTokens, atMostTokens: sums.length === 0 ? null : Math.min(...sums)};
}

/** The last bound with more above it than may be above the quantile. */
function lowerBound(steps: readonly Step[], mayBeLonger: number): number {
  return steps.findLast(({above}) => above > mayBeLonger)?.tokens ?? 0;
}
