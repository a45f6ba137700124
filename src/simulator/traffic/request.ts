/** Why a request ended, by vLLM's names. */
export const finishReasons = ['stop', 'length', 'abort', 'error', 'repetition'] as const;
export type FinishReason = (typeof finishReasons)[number];

/** A prefix of prompt tokens that an earlier request may have left in the prefix cache. */
export type CacheHint = {readonly key: string; readonly tokens: number};

/** A request as it reaches the engine. Times in monotonic ms, sizes in tokens. */
export type RequestSpec = {
  readonly id: string;
  readonly arrivedAtMs: number;
  readonly promptTokens: number;
  /** At most this many are generated; prompt and output together never exceed the context length. */
  readonly maxTokens: number;
  /** The natural length of the answer. */
  readonly naturalTokens: number;
  readonly cacheHints: readonly CacheHint[];
  /** The key of its tokens in the prefix cache. */
  readonly cacheKey: string;
};

/** A request inside the engine. Mutated only by the scheduler. */
export type ActiveRequest = {
  readonly spec: RequestSpec;
  /** Tokens whose keys and values are in the cache. */
  computedTokens: number;
  /** Tokens still to be computed before the next one can be generated. */
  prefillTokens: number;
  blocks: number;
  cachedTokens: number;
  generatedTokens: number;
  scheduledAtMs: number | null;
  firstTokenAtMs: number | null;
  lastTokenAtMs: number | null;
};

/** A new request that waits. */
export function newRequest(spec: RequestSpec): ActiveRequest {
  return {
    spec,
    computedTokens: 0,
    prefillTokens: spec.promptTokens,
    blocks: 0,
    cachedTokens: 0,
    generatedTokens: 0,
    scheduledAtMs: null,
    firstTokenAtMs: null,
    lastTokenAtMs: null,
  };
}

/** Why the request ends now, null while it continues. */
export function finishReasonOf(request: ActiveRequest, maxModelLen: number): FinishReason | null {
  const {spec, generatedTokens} = request;
  if (generatedTokens >= spec.maxTokens || spec.promptTokens + generatedTokens >= maxModelLen) return 'length';
  return generatedTokens >= spec.naturalTokens ? 'stop' : null;
}
