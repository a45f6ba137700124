import {type CounterName, type Counters, finishedCounter} from './sample-counters.ts';

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
  /** Observations found in histograms, by the name of the histogram. */
  readonly foundObservations: ReadonlyMap<string, number>;
};

/** What the counters that show generated tokens count inexactly, of one request: see `busySlotSteps` of llama.cpp. */
const ROUNDED_TOKENS = 2;

/** How much of one counter belongs to a request: exactly, or at most as long as that is all that is known. */
export type Claim = {readonly least: number; readonly most: number};

/** What the counters have of this request. */
export function claimsOf({usage, expected}: OwnRequest): ReadonlyMap<CounterName, Claim> {
  const {requests, promptTokens, cachedPromptTokens, generatedTokens, finishReason} = usage ?? expected;
  const claim = (most: number, slack = 0): Claim => ({least: usage === null ? 0 : most, most: most + slack});
  const prompt = claim(promptTokens);
  const cached = cachedPromptTokens === null ? {least: 0, most: promptTokens} : claim(cachedPromptTokens);
  const reasons = finishReason === null ? ['stop', 'length', 'abort'] : [finishReason];
  return new Map<CounterName, Claim>([
    ['promptTokensTotal', prompt],
    ['livePromptTokensTotal', prompt],
    ['prefixCacheQueryTokensTotal', prompt],
    ['cachedPromptTokensTotal', cached],
    ['liveCachedPromptTokensTotal', cached],
    ['prefixCacheHitTokensTotal', cached],
    ['generationTokensTotal', claim(generatedTokens)],
    ['liveGenerationTokensTotal', claim(generatedTokens, ROUNDED_TOKENS)],
    ...reasons.map((reason): [CounterName, Claim] => [
      finishedCounter(reason),
      {least: finishReason === null ? 0 : requests, most: requests},
    ]),
  ]);
}
