import {type Money, moneyOfMicroUsd, moneyOfTime, moneyOfTokens, type NodePrices, noMoney} from '../exact-money.ts';
import {type NodeState, nodeStates, type TokenCounts, type TokenSource, tokenSources} from '../ledger/entries.ts';
import {
  EARLIER_EPOCH,
  EARLIER_RUN,
  type KeptMinuteTokens,
  type KeptTime,
  type LegacyHour,
} from '../ledger/kept-entries.ts';
import type {PricesByEpoch} from './prices-by-epoch.ts';

/** The value of clients' tokens at one API. */
export type ApiAmount = {
  money: Money;
  /** Some of it is at prices from another time, or was rounded before. */
  isEstimate: boolean;
  /** Tokens that no price is known for; more than none make the value unknown. */
  unpricedTokens: number;
};

/**
 * Exact sums of entries, added to with `addTokens`, `addTime` and `addLegacy`. What the node did and cost is by its state, and
 * what came from before the ledger is apart: nothing is known of its time.
 */
export type CostAmounts = {
  readonly tokens: Readonly<Record<TokenSource, Mutable<TokenCounts>>>;
  /** Clients' tokens that were spread over a time in which nothing read the counters. */
  gapTokens: number;
  readonly timeMs: Record<NodeState, number>;
  /** Of the time, what was not watched. */
  gapMs: number;
  readonly nodeByState: Record<NodeState, Money>;
  legacyNode: Money;
  isNodeEstimate: boolean;
  /** Time that no price is known for; more than none makes the money of the node unknown. */
  unpricedMs: number;
  /** By name of the price book. */
  readonly apis: ReadonlyMap<string, ApiAmount>;
};

type Mutable<T> = {-readonly [Key in keyof T]: T[Key]};

/** Nothing yet, of these price books. */
export function noAmounts({books}: PricesByEpoch): CostAmounts {
  return {
    tokens: {client: noTokens(), own: noTokens(), bench: noTokens(), refused: noTokens()},
    gapTokens: 0,
    timeMs: {serving: 0, idle: 0, starting: 0, down: 0, unobserved: 0},
    gapMs: 0,
    nodeByState: {serving: noMoney, idle: noMoney, starting: noMoney, down: noMoney, unobserved: noMoney},
    legacyNode: noMoney,
    isNodeEstimate: false,
    unpricedMs: 0,
    apis: new Map(books.map(({name}) => [name, {money: noMoney, isEstimate: false, unpricedTokens: 0}])),
  };
}

const noTokens = (): Mutable<TokenCounts> => ({input: 0, cached: 0, output: 0});

/** All tokens of an amount. */
export function tokensOf({input, cached, output}: TokenCounts): number {
  return input + cached + output;
}

/** Adds tokens; only those of clients would have cost anything at an API. */
export function addTokens(
  amounts: CostAmounts,
  entry: Omit<KeptMinuteTokens, 'atMs'> & {readonly runId?: string},
  prices: PricesByEpoch,
): void {
  const sum = amounts.tokens[entry.source];
  sum.input += entry.tokens.input;
  sum.cached += entry.tokens.cached;
  sum.output += entry.tokens.output;
  if (entry.source !== 'client') return;
  if (entry.isGap) amounts.gapTokens += tokensOf(entry.tokens);
  for (const [book, api] of amounts.apis) {
    const found = prices.apiFor(entry.epoch, book);
    // The dollars of these are kept, as computed at the time.
    if (entry.runId === EARLIER_RUN && found?.wereInForce === true) continue;
    if (found === null) {
      api.unpricedTokens += tokensOf(entry.tokens);
      continue;
    }
    api.money = plus(api.money, moneyOfTokens(entry.tokens, found.prices));
    if (!found.wereInForce) api.isEstimate = true;
  }
}

/** Adds time of the node, at the price of its epoch. */
export function addTime(
  amounts: CostAmounts,
  entry: Omit<KeptTime, 'atMs' | 'milliwattMs'> & {readonly milliwattMs: number | bigint},
  prices: PricesByEpoch,
): void {
  amounts.timeMs[entry.state] += entry.ms;
  if (entry.isGap) amounts.gapMs += entry.ms;
  const found = prices.nodeFor(entry.epoch);
  const money = found === null ? null : moneyOfTime(entry, found.prices);
  if (money === null) {
    amounts.unpricedMs += entry.ms;
    return;
  }
  amounts.nodeByState[entry.state] = plus(amounts.nodeByState[entry.state], money);
  if (found?.wereInForce === false || isEnergyEstimated(entry, found?.prices)) amounts.isNodeEstimate = true;
}

/** While nobody watches, the cards are taken to draw what they drew before. */
function isEnergyEstimated(
  {isGap, milliwattMs}: Pick<KeptTime, 'isGap'> & {readonly milliwattMs: number | bigint},
  prices: NodePrices | undefined,
): boolean {
  return isGap && milliwattMs > 0 && (prices?.microUsdPerKilowattHour ?? 0) > 0;
}

/** Adds money from before the ledger; of the node only where its time is not booked, which would cost it twice. */
export function addLegacy(amounts: CostAmounts, hour: LegacyHour, isTimeBooked: boolean, prices: PricesByEpoch): void {
  if (!isTimeBooked) {
    amounts.legacyNode = plus(amounts.legacyNode, moneyOfMicroUsd(hour.nodeMicroUsd));
    amounts.isNodeEstimate = true;
  }
  for (const [book, api] of amounts.apis) {
    if (prices.apiFor(EARLIER_EPOCH, book)?.wereInForce !== true) continue;
    api.money = plus(api.money, moneyOfMicroUsd(hour.apiMicroUsd));
    api.isEstimate = true;
  }
}

/** Adds all of `other`; both are of the same price books. */
export function addAmounts(amounts: CostAmounts, other: CostAmounts): void {
  for (const source of tokenSources) {
    const sum = amounts.tokens[source];
    sum.input += other.tokens[source].input;
    sum.cached += other.tokens[source].cached;
    sum.output += other.tokens[source].output;
  }
  for (const state of nodeStates) {
    amounts.timeMs[state] += other.timeMs[state];
    amounts.nodeByState[state] = plus(amounts.nodeByState[state], other.nodeByState[state]);
  }
  amounts.gapTokens += other.gapTokens;
  amounts.gapMs += other.gapMs;
  amounts.legacyNode = plus(amounts.legacyNode, other.legacyNode);
  amounts.isNodeEstimate ||= other.isNodeEstimate;
  amounts.unpricedMs += other.unpricedMs;
  for (const [book, api] of amounts.apis) {
    const added = other.apis.get(book);
    if (added === undefined) continue;
    api.money = plus(api.money, added.money);
    api.isEstimate ||= added.isEstimate;
    api.unpricedTokens += added.unpricedTokens;
  }
}

const plus = (one: Money, other: Money): Money => ({parts: one.parts + other.parts});
