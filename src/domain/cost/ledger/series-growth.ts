import {z} from 'zod';
import type {TokenKind, TokenSeries} from '../../../samples/token-series.ts';
import {growthOf, isReset} from '../../traffic/counters.ts';
import {jumpOf} from '../../traffic/own-requests/counter-jump.ts';
import {cappedSum} from './counted.ts';

const count = z.int().nonnegative();

/** A counter as it was read until now. */
export const followedSeriesSchema = z
  .object({
    key: z.string(),
    /** Since it was created, what it is known to have counted: a counter that is printed rounded may fall a little. */
    highest: count,
    createdSeconds: z.number().nullable(),
    /** A value that no node can have reached: one that the next page repeats is counted as `refused`. */
    doubted: count.nullable(),
  })
  .readonly();
export type FollowedSeries = z.infer<typeof followedSeriesSchema>;

/** Counters of one kind that are followed; of more, those that are in no page and counted least are forgotten. */
const MOST_FOLLOWED = 64;

/** The key of no counter in a page. */
const BOOKED = '(booked)';

const counterNames = {
  prompt: 'promptTokensTotal',
  cached: 'cachedPromptTokensTotal',
  output: 'generationTokensTotal',
} as const;

export type SeriesStep = {
  readonly kind: TokenKind;
  /** Since the counters were read before; null if that is unknown. */
  readonly elapsedMs: number | null;
  /** The process that counts is another one than before: its counters began at zero. */
  readonly isRestarted: boolean;
};

export type SeriesGrowth = {
  readonly series: readonly FollowedSeries[];
  /** Whole tokens. */
  readonly growth: number;
  /** Whole tokens that no hardware can have processed in the time. */
  readonly refused: number;
};

/** What counters of one kind grew by in a page. A counter that is not in it keeps what it had: it may come back. */
export function growthOfSeries(
  followed: readonly FollowedSeries[],
  page: readonly TokenSeries[],
  step: SeriesStep,
): SeriesGrowth {
  const known = new Map(followed.map((one) => [one.key, one]));
  if (page.length === 0) return {series: followed, growth: 0, refused: 0};
  if (isBooked(followed) || isRelabelled(followed, page)) return growthTogether(followed, page, step);
  const read = page.map((one) => followOne(known.get(one.key) ?? null, one, step));
  const present = new Set(page.map(({key}) => key));
  const missing = followed
    .filter(({key}) => !present.has(key))
    .toSorted((one, other) => other.highest - one.highest)
    .slice(0, Math.max(0, MOST_FOLLOWED - read.length));
  const growth = cappedSum(...read.map((one) => one.growth));
  const refused = cappedSum(...read.map((one) => one.refused));
  // Each of thousands of counters may be possible, and all of them together not.
  const isJump = jumpOf(counterNames[step.kind], growth, step.elapsedMs) !== null;
  return {
    series: [...read.map(({series}) => series), ...missing],
    growth: isJump ? 0 : growth,
    refused: isJump ? cappedSum(refused, growth) : refused,
  };
}

/** The counters of a first page as they are, without growth. */
export function baselineOf(page: readonly TokenSeries[]): readonly FollowedSeries[] {
  return page.map(({key, value, createdSeconds}) => ({key, highest: value, createdSeconds, doubted: null}));
}

/** Counters of which only their sum was kept. Less than that is no restart: one of several may have restarted before. */
export function bookedSeries(total: number): readonly FollowedSeries[] {
  return [{key: BOOKED, highest: total, createdSeconds: null, doubted: null}];
}

function followOne(before: FollowedSeries | null, {key, value, createdSeconds}: TokenSeries, step: SeriesStep) {
  const highest = before?.highest ?? 0;
  const wasCreated = before?.createdSeconds ?? null;
  const isOther = step.isRestarted || (wasCreated !== null && createdSeconds !== null && wasCreated !== createdSeconds);
  const growth = isOther ? value : growthOf(highest, value);
  const created = createdSeconds ?? wasCreated;
  if (jumpOf(counterNames[step.kind], growth, step.elapsedMs) !== null) {
    const doubted = before?.doubted ?? null;
    const isRepeated = doubted !== null && !isReset(doubted, value);
    return isRepeated
      ? {series: {key, highest: value, createdSeconds: created, doubted: null}, growth: 0, refused: growth}
      : {series: {key, highest, createdSeconds: wasCreated, doubted: value}, growth: 0, refused: 0};
  }
  const isNew = isOther || isReset(highest, value);
  const reached = isNew ? value : Math.max(highest, value);
  return {series: {key, highest: reached, createdSeconds: created, doubted: null}, growth, refused: 0};
}

/** No counter has a name of before, and together they count on: the same ones by other labels. */
function isRelabelled(followed: readonly FollowedSeries[], page: readonly TokenSeries[]): boolean {
  const known = new Set(followed.map(({key}) => key));
  return followed.length > 0 && page.every(({key}) => !known.has(key)) && !isReset(highestOf(followed), totalOf(page));
}

function isBooked([first]: readonly FollowedSeries[]): boolean {
  return first?.key === BOOKED;
}

function growthTogether(
  followed: readonly FollowedSeries[],
  page: readonly TokenSeries[],
  step: SeriesStep,
): SeriesGrowth {
  const [before, now] = [highestOf(followed), totalOf(page)];
  const growth = isBooked(followed) ? Math.max(0, now - before) : step.isRestarted ? now : growthOf(before, now);
  const isJump = jumpOf(counterNames[step.kind], growth, step.elapsedMs) !== null;
  return {series: baselineOf(page), growth: isJump ? 0 : growth, refused: isJump ? growth : 0};
}

function highestOf(followed: readonly FollowedSeries[]): number {
  return cappedSum(...followed.map(({highest}) => highest));
}

function totalOf(page: readonly TokenSeries[]): number {
  return cappedSum(...page.map(({value}) => value));
}
