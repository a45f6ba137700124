import {z} from 'zod';
import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {isPresent, valueOrNull} from '../../../samples/reading.ts';
import {type TokenKind, tokenKinds} from '../../../samples/token-series.ts';
import type {RequestUsage} from '../../traffic/own-requests/request-claim.ts';
import {type Counted, cappedSum, countedSchema, minus, nothingCounted, plus} from './counted.ts';
import {
  noTotals,
  type TokenCounts,
  type TokenSource,
  type TokenTotals,
  tokenSources,
  tokenTotalsSchema,
} from './entries.ts';
import {divide, ownClaimSchema, withClaim, withClaimEnded, withClaimsLost} from './own-claims.ts';
import {baselineOf, bookedSeries, followedSeriesSchema, growthOfSeries} from './series-growth.ts';

const count = z.int().nonnegative();
const followed = z.array(followedSeriesSchema).readonly();

/**
 * The tokens of one run of an engine, by who used them, and all that is needed to count on: stored after every page and
 * before every request of Gantry, it lets a later supervisor book what the engine served since, exactly once.
 */
export const tokenFollowerSchema = z
  .object({
    /** Since the start of the run, or since Gantry attached to it. None of them ever falls. */
    totals: tokenTotalsSchema,
    /** False while no page has told cached prompt tokens: all prompt tokens are in `input`. */
    isCachedKnown: z.boolean(),
    series: z.object({prompt: followed, cached: followed, output: followed}).readonly(),
    /** Of these, no counter was seen yet, and the first values are older than what is counted. */
    toBaseline: z.array(z.enum(tokenKinds)).readonly(),
    processStartSeconds: z.number().nullable(),
    claims: z.array(ownClaimSchema).readonly(),
    /** Counted by the engine, and not in `totals` until a request of Gantry that is in flight has ended. */
    held: countedSchema,
    /** Cached tokens whose prompt tokens no page has shown yet. */
    carried: z.object({client: count, own: count, bench: count, refused: count}).readonly(),
  })
  .readonly();
export type TokenFollower = z.infer<typeof tokenFollowerSchema>;

/** What the follower reads of a page, as the engine counts: with Gantry's own requests. */
export type TokenPage = Pick<
  EngineMetricsSample,
  'tokenSeries' | 'cachedPromptTokensTotal' | 'processStartTimeSeconds'
>;

/** Tokens of a benchmark: `prompt` includes the cached ones. */
export type BenchMost = Pick<Counted, 'prompt' | 'output'>;

/** Whether a benchmark that Gantry started runs, and what of the growth is the benchmark's then. */
export type BenchLoad = {
  /** What is not Gantry's probes is the benchmark's. */
  readonly isBench: boolean;
  /** At most so much of it; without it, all. */
  readonly benchMost?: BenchMost;
};

export type FollowStep = BenchLoad & {
  /** Since the page before, or since the start of the run, by a clock that nobody sets; null if unknown. */
  readonly elapsedMs: number | null;
};

/** Before the first page of a run. `isWholeRun` is false for an engine that served before Gantry attached to it. */
export function openTokenFollower(isWholeRun: boolean): TokenFollower {
  return {
    totals: noTotals,
    isCachedKnown: false,
    series: {prompt: [], cached: [], output: []},
    toBaseline: isWholeRun ? [] : tokenKinds,
    processStartSeconds: null,
    claims: [],
    held: nothingCounted,
    carried: {client: 0, own: 0, bench: 0, refused: 0},
  };
}

/**
 * Before the next page of a run of which only what is booked is known: what its counters show beyond that is new. The counters
 * of an engine that served before Gantry attached to it do not tell what is new until the page after.
 */
export function resumeTokenFollower(booked: TokenTotals, isWholeRun: boolean): TokenFollower {
  const opened = {...openTokenFollower(isWholeRun), totals: booked};
  if (!isWholeRun) return opened;
  const totalOf = (of: (counts: TokenCounts) => number): number =>
    cappedSum(...tokenSources.map((source) => of(booked[source])));
  const prompt = bookedSeries(totalOf(({input, cached}) => input + cached));
  const [cached, output] = [bookedSeries(totalOf((one) => one.cached)), bookedSeries(totalOf((one) => one.output))];
  return {...opened, series: {prompt, cached, output}};
}

/** After one more page of the engine's metrics. A page without counters changes nothing. */
export function followTokens(follower: TokenFollower, page: TokenPage, step: FollowStep): TokenFollower {
  if (page.tokenSeries.length === 0) return follower;
  const read = readSeries(follower, page, step.elapsedMs);
  // What ended before the baseline is in it.
  const isBaseline = follower.toBaseline.length > read.toBaseline.length;
  const claims = isBaseline ? follower.claims.filter(({state}) => state === 'sent') : follower.claims;
  const counted = {
    ...follower,
    claims,
    series: read.series,
    toBaseline: read.toBaseline,
    processStartSeconds: valueOrNull(page.processStartTimeSeconds) ?? follower.processStartSeconds,
    isCachedKnown: follower.isCachedKnown || isPresent(page.cachedPromptTokensTotal),
  };
  return attributed(book(counted, 'refused', read.refused), read.growth, step);
}

/** A request of Gantry is about to be sent, which uses `expected` at most. `id` is that of no other one in flight. */
export function withOwnRequestSent(follower: TokenFollower, id: number, expected: RequestUsage): TokenFollower {
  return {...follower, claims: withClaim(follower.claims, id, expected)};
}

/** That request ended: with this usage, or without one in its answer. */
export function withOwnRequestEnded(follower: TokenFollower, id: number, usage: RequestUsage | null): TokenFollower {
  return {...follower, claims: withClaimEnded(follower.claims, id, usage)};
}

/** As a later supervisor recalls it: nobody reads the answers of requests that were in flight. */
export function recallTokenFollower(follower: TokenFollower): TokenFollower {
  return {...follower, claims: withClaimsLost(follower.claims)};
}

/** After the end of the run: no page will come any more, and nothing stays held. */
export function endTokens(follower: TokenFollower, step: BenchLoad): TokenFollower {
  return attributed(recallTokenFollower(follower), nothingCounted, {...step, elapsedMs: null});
}

function readSeries(follower: TokenFollower, page: TokenPage, elapsedMs: number | null) {
  const start = valueOrNull(page.processStartTimeSeconds);
  const earlier = follower.processStartSeconds;
  const isRestarted = start !== null && earlier !== null && start !== earlier;
  const toBaseline = follower.toBaseline.filter((kind) => page.tokenSeries.every((one) => one.kind !== kind));
  const ofKind = (kind: TokenKind) => {
    const found = page.tokenSeries.filter((one) => one.kind === kind);
    const isFirst = follower.toBaseline.includes(kind) && found.length > 0;
    return isFirst
      ? {series: baselineOf(found), growth: 0, refused: 0}
      : growthOfSeries(follower.series[kind], found, {kind, elapsedMs, isRestarted});
  };
  const [prompt, cached, output] = [ofKind('prompt'), ofKind('cached'), ofKind('output')];
  return {
    toBaseline,
    series: {prompt: prompt.series, cached: cached.series, output: output.series},
    growth: {prompt: prompt.growth, cached: cached.growth, output: output.growth},
    refused: {prompt: prompt.refused, cached: cached.refused, output: output.refused},
  };
}

function attributed(
  follower: TokenFollower,
  growth: Counted,
  {elapsedMs, isBench, benchMost}: FollowStep,
): TokenFollower {
  const {own, others, held, claims} = divide(plus(follower.held, growth), follower.claims, elapsedMs ?? 0);
  const booked = book({...follower, held, claims}, 'own', own);
  const bench = isBench ? benchPart(others, benchMost) : nothingCounted;
  return book(book(booked, 'bench', bench), 'client', minus(others, bench));
}

/** Which of the prompts were cached is unknown: as many of the benchmark's as of all. */
function benchPart(others: Counted, most: BenchMost = others): Counted {
  const [prompt, output] = [Math.min(others.prompt, most.prompt), Math.min(others.output, most.output)];
  const share = most.prompt === 0 ? 0 : prompt === others.prompt ? 1 : prompt / others.prompt;
  return {prompt, output, cached: Math.floor(others.cached * share)};
}

/** Adds counted tokens to one source: cached ones are a part of the prompt, and wait for it if they were counted first. */
function book(follower: TokenFollower, source: TokenSource, counted: Counted): TokenFollower {
  const before = follower.totals[source];
  const waiting = cappedSum(follower.carried[source], counted.cached);
  const cached = Math.min(waiting, counted.prompt);
  const totals: TokenTotals = {
    ...follower.totals,
    [source]: {
      input: cappedSum(before.input, counted.prompt - cached),
      cached: cappedSum(before.cached, cached),
      output: cappedSum(before.output, counted.output),
    },
  };
  return {...follower, totals, carried: {...follower.carried, [source]: waiting - cached}};
}
