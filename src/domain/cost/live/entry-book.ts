import type {Booking, PriceDocument, TimeEntry, TokenCounts} from '../ledger/entries.ts';
import type {ClientTokens, PricedEntries} from './window-cost.ts';

type Entries = Booking['hours'];
type Group = {
  readonly prices: PriceDocument;
  readonly tokens: Map<number, TokenCounts>;
  readonly times: Map<string, TimeEntry>;
};

/** The entries of a recent time in memory, added up by what their cost needs; so is what it takes each minute the same after a month. */
export class EntryBook {
  readonly #groups = new Map<string, Group>();

  /** Adds the entries of a booking, all at these prices. */
  add(prices: PriceDocument, entries: Entries): void {
    const key = JSON.stringify(prices);
    const group: Group = this.#groups.get(key) ?? {prices, tokens: new Map(), times: new Map()};
    this.#groups.set(key, group);
    for (const {atMs, tokens} of clientTokens(entries)) {
      const before = group.tokens.get(atMs);
      group.tokens.set(atMs, before === undefined ? tokens : sumOf(before, tokens));
    }
    for (const time of entries.times) {
      const timeKey = `${time.atMs} ${time.state} ${time.isGap}`;
      const before = group.times.get(timeKey);
      const ms = (before?.ms ?? 0) + time.ms;
      group.times.set(timeKey, {...time, ms, milliwattMs: (before?.milliwattMs ?? 0) + time.milliwattMs});
    }
  }

  /** Drops what begins before this time: of each price until the first that does not, as they are added in that order. */
  dropBefore(sinceMs: number): void {
    for (const [key, {tokens, times}] of this.#groups) {
      for (const atMs of tokens.keys()) {
        if (atMs >= sinceMs) break;
        tokens.delete(atMs);
      }
      for (const [timeKey, {atMs}] of times) {
        if (atMs >= sinceMs) break;
        times.delete(timeKey);
      }
      if (tokens.size === 0 && times.size === 0) this.#groups.delete(key);
    }
  }

  /** All entries, by their prices. */
  get entries(): readonly PricedEntries[] {
    return [...this.#groups.values()].map(({prices, tokens, times}) => ({
      prices,
      tokens: [...tokens].map(([atMs, counts]) => ({atMs, tokens: counts})),
      times: [...times.values()],
    }));
  }
}

/** Of the entries those that an API would have been paid for. */
export function clientTokens({tokens}: Pick<Entries, 'tokens'>): readonly ClientTokens[] {
  return tokens.filter(({source}) => source === 'client');
}

function sumOf(one: TokenCounts, other: TokenCounts): TokenCounts {
  return {input: one.input + other.input, cached: one.cached + other.cached, output: one.output + other.output};
}
