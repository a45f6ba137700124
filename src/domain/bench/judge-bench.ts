import {absent, isAbsent, type Reading} from '../../samples/reading.ts';
import {breakEvenTokensPerSecond} from '../cost/break-even.ts';
import type {PriceBook} from '../cost/price-book.ts';
import {mixOf, type TokenMix, usdPerMillionTokensOf} from '../cost/token-value.ts';
import {type BenchPoint, totalTokensPerSecond} from './bench-point.ts';

/** How long requests may take, milliseconds; null where there is no target. */
export type BenchTargets = {readonly firstTokenMs: number | null; readonly perTokenMs: number | null};

/** The best load of a benchmark against what the node has to do to be cheaper than the API. */
export type BenchVerdict = {
  /** The load with the most tokens per second within the targets; null if none is within them. */
  readonly best: BenchPoint | null;
  /** Of the best load; without one, of the load with the most tokens. */
  readonly mix: TokenMix;
  /** False if the engine did not say what was cached: then all prompt tokens count as uncached, and break-even is at least this. */
  readonly isCachedKnown: boolean;
  /** Tokens per second at which the node costs as much as the API at this mix. */
  readonly breakEvenTokensPerSecond: Reading<number>;
};

/** True if p99 of the first token and of the time per token are within their targets; what is unknown is not. */
export function isWithinTargets(point: BenchPoint, {firstTokenMs, perTokenMs}: BenchTargets): boolean {
  const isWithin = (p99Ms: Reading<number>, targetMs: number | null): boolean =>
    targetMs === null || (!isAbsent(p99Ms) && p99Ms <= targetMs);
  return isWithin(point.timeToFirstToken.p99Ms, firstTokenMs) && isWithin(point.timePerOutputToken.p99Ms, perTokenMs);
}

/** Judges a benchmark at the mix of tokens that it measured itself; null without a completed request. */
export function judgeBench(input: {
  readonly points: readonly BenchPoint[];
  readonly targets: BenchTargets;
  readonly nodeUsdPerHour: Reading<number>;
  readonly prices: PriceBook;
}): BenchVerdict | null {
  const {points, targets, nodeUsdPerHour, prices} = input;
  const best = highest(points.filter((point) => isWithinTargets(point, targets)));
  const judged = best ?? highest(points);
  const mix = judged === null ? null : mixOfPoint(judged);
  if (judged === null || mix === null) return null;
  return {
    best,
    mix,
    isCachedKnown: !isAbsent(judged.cachedPromptTokens),
    breakEvenTokensPerSecond: breakEvenOf(nodeUsdPerHour, mix, prices),
  };
}

function breakEvenOf(nodeUsdPerHour: Reading<number>, mix: TokenMix, prices: PriceBook): Reading<number> {
  if (isAbsent(nodeUsdPerHour)) return nodeUsdPerHour;
  const usdPerMillion = usdPerMillionTokensOf(mix, prices);
  if (usdPerMillion <= 0) return absent('the API costs nothing at this mix');
  return breakEvenTokensPerSecond(nodeUsdPerHour, usdPerMillion);
}

/** The shares of a load's tokens; null without tokens. */
export function mixOfPoint({promptTokens, cachedPromptTokens, generatedTokens}: BenchPoint): TokenMix | null {
  return mixOf({
    promptTokens,
    cachedPromptTokens: isAbsent(cachedPromptTokens) ? 0 : cachedPromptTokens,
    generationTokens: generatedTokens,
  });
}

function highest(points: readonly BenchPoint[]): BenchPoint | null {
  const measured = points.filter(({completed}) => completed > 0);
  return measured.reduce<BenchPoint | null>(
    (most, point) => (most === null || totalTokensPerSecond(point) > totalTokensPerSecond(most) ? point : most),
    null,
  );
}
