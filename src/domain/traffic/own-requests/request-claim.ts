import {FINISHED} from '../request-tally.ts';
import {type CounterName, type Counters, finishedCounter, isFinishedCounter} from './sample-counters.ts';

/** What one request uses, by the engine's response. */
export type RequestUsage = {
  /** 0 for a request that the engine leaves out of its counts and latencies of requests. */
  readonly requests: 0 | 1;
  readonly promptTokens: number;
  /** Null where the engine does not report it. */
  readonly cachedPromptTokens: number | null;
  readonly generatedTokens: number;
  /** `stop` or `length`; null if the response has none. */
  readonly finishReason: string | null;
};

/** A request that the engine refused, or that never reached it. */
export const nothingUsed: RequestUsage = {
  requests: 0,
  promptTokens: 0,
  cachedPromptTokens: 0,
  generatedTokens: 0,
  finishReason: null,
};

/** A request that Gantry has sent to the engine, and how much of it was found in the engine's counters. */
export type OwnRequest = {
  readonly key: symbol;
  /** Monotonic ms; null while no response has arrived. */
  readonly endedAtMs: number | null;
  /** By its response; null until it has ended, or if it ended without one. */
  readonly usage: RequestUsage | null;
  /** The tokens that it may take until its response says how many. */
  readonly expected: RequestUsage;
  readonly found: Counters;
  /** False once the counters grew, since it was sent, by more than Gantry's requests can use: clients were served. */
  readonly isAlone: boolean;
  /** Whether it is known to be among the running or waiting requests of the engine's metrics. */
  readonly isPending: boolean;
  /** Observations found in histograms, by the name of the histogram. */
  readonly foundObservations: ReadonlyMap<string, number>;
};

/** What the counters that show generated tokens count inexactly, of one request: see `busySlotSteps` of llama.cpp. */
const ROUNDED_TOKENS = 2;

/** How much of one counter belongs to a request: exactly, or at most as long as that is all that is known. */
export type Claim = {readonly least: number; readonly most: number};

/**
 * What the counters have of this request. One that ended without usage, while clients were served, claims nothing: what
 * was attributed to it may be theirs.
 */
export function claimsOf(request: OwnRequest): ReadonlyMap<CounterName, Claim> {
  const {usage} = request;
  const {requests, promptTokens, cachedPromptTokens, generatedTokens, finishReason} = usage ?? allowanceOf(request);
  const claim = (most: number, slack = 0): Claim => ({least: usage === null ? 0 : most, most: most + slack});
  const prompt = claim(promptTokens);
  const cached = cachedPromptTokens === null ? {least: 0, most: promptTokens} : claim(cachedPromptTokens);
  // Where only a log shows that requests finish, it has no reason.
  const reasons = finishReason === null ? ['stop', 'length', 'abort', FINISHED] : [finishReason, FINISHED];
  return new Map<CounterName, Claim>([
    ['promptTokensTotal', prompt],
    ['livePromptTokensTotal', prompt],
    ['prefixCacheQueryTokensTotal', prompt],
    ['cachedPromptTokensTotal', cached],
    ['liveCachedPromptTokensTotal', cached],
    ['prefixCacheHitTokensTotal', cached],
    ['generationTokensTotal', claim(generatedTokens)],
    ['liveGenerationTokensTotal', claim(generatedTokens, generatedTokens === 0 ? 0 : ROUNDED_TOKENS)],
    ...reasons.map((reason): [CounterName, Claim] => [
      finishedCounter(reason),
      {least: finishReason === null ? 0 : requests, most: requests},
    ]),
  ]);
}

function allowanceOf({endedAtMs, isAlone, expected}: OwnRequest): RequestUsage {
  return endedAtMs === null || isAlone ? expected : nothingUsed;
}

/**
 * How much more, or if negative less, of a counter belongs to a request of which `found` was found. It finishes once: as
 * long as its reason is unknown, one that was found for any reason is the only one.
 */
export function openClaim(request: OwnRequest, name: CounterName, found: Counters): number {
  const most = claimsOf(request).get(name)?.most ?? 0;
  const foundHere = found.get(name) ?? 0;
  return isFinishedCounter(name) && isAnyReason(request)
    ? Math.max(-foundHere, most - finishedOf(found))
    : most - foundHere;
}

function isAnyReason({usage, expected}: OwnRequest): boolean {
  return (usage ?? expected).finishReason === null;
}

function finishedOf(found: Counters): number {
  return [...found].reduce((sum, [name, count]) => sum + (isFinishedCounter(name) ? count : 0), 0);
}
