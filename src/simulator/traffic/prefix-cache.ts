import type {CacheHint} from './request.ts';

/**
 * What finished requests left in the KV cache. Their blocks count as free: they are evicted, oldest first, when running
 * requests need space.
 */
export class PrefixCache {
  /** Oldest first: a Map keeps insertion order. */
  readonly #tokensByKey = new Map<string, number>();
  #tokens = 0;

  /** Tokens of the prompt that are still cached; the last one is always recomputed, and only complete blocks count. */
  lookUp(hints: readonly CacheHint[], promptTokens: number, blockSize: number): number {
    const longest = Math.max(0, ...hints.map(({key, tokens}) => Math.min(tokens, this.#tokensByKey.get(key) ?? 0)));
    return Math.floor(Math.min(longest, promptTokens - 1) / blockSize) * blockSize;
  }

  /** Keeps these tokens, as the most recent. */
  remember(key: string, tokens: number): void {
    this.forget(key);
    this.#tokensByKey.set(key, tokens);
    this.#tokens += tokens;
  }

  /** Makes an entry the most recent; it keeps the longer of its old and new length. */
  refresh(key: string, tokens: number): void {
    this.remember(key, Math.max(tokens, this.#tokensByKey.get(key) ?? 0));
  }

  /** Removes an entry: a running request uses its blocks now. */
  forget(key: string): void {
    this.#tokens -= this.#tokensByKey.get(key) ?? 0;
    this.#tokensByKey.delete(key);
  }

  /** Evicts the oldest until no more than this many tokens remain. */
  shrinkTo(tokens: number): void {
    for (const key of this.#tokensByKey.keys()) {
      if (this.#tokens <= tokens) return;
      this.forget(key);
    }
  }

  get tokens(): number {
    return this.#tokens;
  }
}
