import type {HistogramSample} from '../../samples/engine-metrics.ts';
import {absent, isAbsent, type Reading} from '../../samples/reading.ts';
import {histogramCount} from './histogram-quantile.ts';
import {histogramShare} from './histogram-share.ts';
import type {Quantile} from './quantile.ts';
import {NO_REQUESTS} from './unmeasured.ts';

const TOKENS_PER_K = 1_024;
/** Context lengths that operators choose between, tokens. */
export const comparedContexts: readonly number[] = [32, 64, 128, 256].map((thousands) => thousands * TOKENS_PER_K);

/** What the prompts since the start of the engine say about smaller contexts. */
export type ContextShares = {
  /** How many finished. */
  readonly prompts: number;
  /** The longest one had more tokens than `aboveTokens`, and at most `atMostTokens`; null where the buckets have no end. */
  readonly longest: {readonly aboveTokens: number; readonly atMostTokens: number | null};
  /** The part of them, 0..1, that alone is longer than this context: without room for an answer. */
  readonly longerThan: {readonly contextTokens: number; readonly ratio: Quantile}[];
};

/** From the sizes of all prompts that the engine has counted; absent without one. */
export function contextSharesOf(sizes: Reading<HistogramSample>): Reading<ContextShares> {
  if (isAbsent(sizes)) return sizes;
  const prompts = histogramCount(sizes);
  if (prompts <= 0) return absent(NO_REQUESTS);
  const longerThan = comparedContexts.flatMap((contextTokens) => {
    const share = histogramShare(contextTokens, sizes);
    return isAbsent(share) ? [] : [{contextTokens, ratio: restOf(share)}];
  });
  return {prompts, longest: longestOf(sizes, prompts), longerThan};
}

/** The bucket of the longest request; absent without one. */
export function longestIn(sizes: Reading<HistogramSample>): Reading<ContextShares['longest']> {
  if (isAbsent(sizes)) return sizes;
  const requests = histogramCount(sizes);
  return requests <= 0 ? absent(NO_REQUESTS) : longestOf(sizes, requests);
}

function longestOf({buckets}: HistogramSample, prompts: number): ContextShares['longest'] {
  const place = buckets.findIndex(({count}) => count >= prompts);
  const atMost = buckets[place]?.le ?? Number.POSITIVE_INFINITY;
  const below = buckets.slice(0, place === -1 ? buckets.length : place).at(-1)?.le ?? 0;
  return {aboveTokens: below, atMostTokens: Number.isFinite(atMost) ? atMost : null};
}

/** What is not in a share. */
function restOf(share: Quantile): Quantile {
  switch (share.kind) {
    case 'exact':
      return {kind: 'exact', value: 1 - share.value};
    case 'interpolated':
      return {kind: 'interpolated', value: 1 - share.value, from: 1 - share.to, to: 1 - share.from};
    case 'below':
      return {kind: 'above', value: 1 - share.value};
    case 'above':
      return {kind: 'below', value: 1 - share.value};
  }
}
