import {type Absent, absent, mapReading, type Reading} from '../../../samples/reading.ts';
import {durationText} from '../../../shared/quantities/durations.ts';
import {MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND} from '../../../shared/units.ts';
import {
  dividedHalfEven,
  type Money,
  microUsdOf,
  moneyLess,
  moneyOfMicroUsd,
  moneyOfTime,
  moneyOfTokens,
  sumOfMoney,
} from '../exact-money.ts';
import {
  type NodeState,
  nodeStates,
  noTokens,
  type PriceDocument,
  sumOfCounts,
  type TimeEntry,
  type TokenCounts,
} from '../ledger/entries.ts';

/** Entries of the ledger that have the same prices: clients' tokens, by the start of their minute or hour, and time of the node. */
export type PricedEntries = {
  readonly prices: PriceDocument;
  readonly tokens: readonly ClientTokens[];
  readonly times: readonly TimeEntry[];
};

export type ClientTokens = {readonly atMs: number; readonly tokens: TokenCounts};

/** Shares of all tokens; they sum to 1. */
export type MeasuredMix = {readonly inputRatio: number; readonly cachedRatio: number; readonly outputRatio: number};

/** What one API would have charged for the clients' tokens of a window. */
export type ApiCost = {
  readonly name: string;
  readonly model: string;
  readonly microUsd: number;
  /** By covered time. */
  readonly microUsdPerHour: number;
  readonly microUsdPerMillionTokens: Reading<number>;
  /** Of the API less the node: below zero where the node cost more. */
  readonly savedMicroUsd: Reading<number>;
  readonly savedMicroUsdPerHour: Reading<number>;
  /** True where some of it is at prices of a later time, because none of its own time are known. */
  readonly isEstimate: boolean;
};

/** What the node cost and what its tokens would have cost in one window. Money is in whole micro-USD. */
export type WindowCost = {
  /** Where the window begins, or the ledger, if that is later. */
  readonly sinceMs: number;
  /** Paid time in which Gantry watched the node, or learned later what it did. */
  readonly coveredMs: number;
  /** Of it, in which nothing read the engine's counters: its tokens are spread evenly. */
  readonly gapMs: number;
  readonly timeMs: Readonly<Record<NodeState, number>>;
  readonly tokens: TokenCounts;
  readonly tokensPerSecond: number;
  readonly nodeMicroUsd: Reading<number>;
  /** Of it, for the time in which it served nobody: idle, starting or down. */
  readonly unusedMicroUsd: Reading<number>;
  readonly nodeMicroUsdPerHour: Reading<number>;
  readonly nodeMicroUsdPerMillionTokens: Reading<number>;
  /** In the order of the price books in force. */
  readonly apis: readonly ApiCost[];
  readonly mix: Reading<MeasuredMix>;
  /** Time in which it served, of the time that is paid. */
  readonly utilizationRatio: Reading<number>;
};

/** Less is a burst or a pause, and not what a node is worth. */
export const LEAST_COVERED_MS = 5 * MS_PER_MINUTE;

const MILLION = 1_000_000;

/**
 * The cost of the time from `sinceMs` until before `untilMs`, by entries that begin in it; absent, with what is measured so far, while
 * less than five minutes are covered. `inForce` names the APIs, in its order.
 */
export function windowCost(
  entries: readonly PricedEntries[],
  {sinceMs, untilMs, inForce}: {readonly sinceMs: number; readonly untilMs: number; readonly inForce: PriceDocument},
): Reading<WindowCost> {
  const within = ({atMs}: {readonly atMs: number}): boolean => atMs >= sinceMs && atMs < untilMs;
  const parts = entries.map(({prices, tokens, times}) => ({
    prices,
    tokens: totalOf(tokens.filter(within)),
    times: times.filter(within),
  }));
  const time = timeOf(parts.flatMap(({times}) => times));
  if (time.coveredMs < LEAST_COVERED_MS) return tooShort(time.coveredMs);
  const tokens = addedUp(parts.map((part) => part.tokens));
  const node = nodeMoney(parts);
  const unused = parts.map((part) => ({...part, times: part.times.filter(isUnused)}));
  return {
    sinceMs: Math.max(sinceMs, firstOf(parts)),
    ...time,
    unusedMicroUsd: mapReading(nodeMoney(unused), microUsdOf),
    ...tokenFigures(tokens, time.coveredMs),
    ...nodeFigures(node, tokens, time),
    ...apiFigures(parts, {tokens, node, time, inForce}),
  };
}

/** Why there is no money yet. */
function tooShort(coveredMs: number): Absent {
  const measuredMs = coveredMs - (coveredMs % MS_PER_SECOND);
  return absent(`measured ${durationText(measuredMs)} of ${durationText(LEAST_COVERED_MS)}`);
}

type Part = {readonly prices: PriceDocument; readonly tokens: TokenCounts; readonly times: readonly TimeEntry[]};
type Time = Pick<WindowCost, 'coveredMs' | 'gapMs' | 'timeMs'>;

function timeOf(times: readonly TimeEntry[]): Time {
  const timeMs = {serving: 0, idle: 0, starting: 0, down: 0, unobserved: 0};
  let gapMs = 0;
  for (const {state, ms, isGap} of times) {
    timeMs[state] += ms;
    if (isGap && state !== 'unobserved') gapMs += ms;
  }
  return {coveredMs: billedOf({timeMs}) - timeMs.unobserved, gapMs, timeMs};
}

function isUnused({state}: TimeEntry): boolean {
  return state !== 'serving' && state !== 'unobserved';
}

function firstOf(parts: readonly Part[]): number {
  return parts.reduce(
    (first, {times}) => times.reduce((least, {atMs}) => Math.min(least, atMs), first),
    Number.POSITIVE_INFINITY,
  );
}

function billedOf({timeMs}: Pick<Time, 'timeMs'>): number {
  return nodeStates.reduce((sum, state) => sum + timeMs[state], 0);
}

function addedUp(counts: readonly TokenCounts[]): TokenCounts {
  return counts.reduce(sumOfCounts, noTokens);
}

function totalOf(entries: readonly ClientTokens[]): TokenCounts {
  return addedUp(entries.map(({tokens}) => tokens));
}

function countOf({input, cached, output}: TokenCounts): number {
  return input + cached + output;
}

/** Absent where any of the time has no price: a part of the money would look like all of it. */
function nodeMoney(parts: readonly Part[]): Reading<Money> {
  const amounts = parts.flatMap(({prices, times}) =>
    spentTimes(prices, times).map((time) => moneyOfTime(time, prices.node)),
  );
  const known = amounts.filter((amount) => amount !== null);
  return known.length < amounts.length ? absent('the node has no price for some of this time') : sumOfMoney(known);
}

/** One amount where only time is paid; milliwatt-milliseconds of a month are more than a number holds exactly. */
function spentTimes(
  {node}: PriceDocument,
  times: readonly TimeEntry[],
): readonly Pick<TimeEntry, 'ms' | 'milliwattMs'>[] {
  if (node.microUsdPerKilowattHour !== null || times.length === 0) return times;
  return [{ms: times.reduce((sum, {ms}) => sum + ms, 0), milliwattMs: 0}];
}

function tokenFigures(tokens: TokenCounts, coveredMs: number): Pick<WindowCost, 'tokens' | 'tokensPerSecond' | 'mix'> {
  const count = countOf(tokens);
  const share = (part: number): number => part / count;
  return {
    tokens,
    tokensPerSecond: (count * MS_PER_SECOND) / coveredMs,
    mix:
      count === 0
        ? absent('no tokens in this time')
        : {
            inputRatio: share(tokens.input),
            cachedRatio: share(tokens.cached),
            outputRatio: share(tokens.output),
          },
  };
}

function nodeFigures(
  node: Reading<Money>,
  tokens: TokenCounts,
  time: Time,
): Pick<WindowCost, 'nodeMicroUsd' | 'nodeMicroUsdPerHour' | 'nodeMicroUsdPerMillionTokens' | 'utilizationRatio'> {
  const billedMs = billedOf(time);
  return {
    nodeMicroUsd: mapReading(node, microUsdOf),
    nodeMicroUsdPerHour: perHour(node, billedMs),
    nodeMicroUsdPerMillionTokens: perMillion(node, tokens),
    utilizationRatio: billedMs === 0 ? absent('no paid time') : time.timeMs.serving / billedMs,
  };
}

function apiFigures(
  parts: readonly Part[],
  whole: {
    readonly tokens: TokenCounts;
    readonly node: Reading<Money>;
    readonly time: Time;
    readonly inForce: PriceDocument;
  },
): Pick<WindowCost, 'apis'> {
  const {tokens, node, time, inForce} = whole;
  const nodePerHour = perHour(node, billedOf(time));
  return {
    apis: inForce.apis.map((api) => {
      const amounts = parts.map((part) => {
        const own = part.prices.apis.find(({name}) => name === api.name);
        return {
          money: moneyOfTokens(part.tokens, own ?? api),
          isEstimate: own === undefined && countOf(part.tokens) > 0,
        };
      });
      const money = sumOfMoney(amounts.map((amount) => amount.money));
      const microUsdPerHour = moneyShare(money, MS_PER_HOUR, time.coveredMs);
      return {
        name: api.name,
        model: api.model,
        microUsd: microUsdOf(money),
        microUsdPerHour,
        microUsdPerMillionTokens: perMillion(money, tokens),
        savedMicroUsd: mapReading(node, (spent) => microUsdOf(moneyLess(money, spent))),
        savedMicroUsdPerHour: mapReading(nodePerHour, (spent) => microUsdPerHour - spent),
        isEstimate: amounts.some((amount) => amount.isEstimate),
      };
    }),
  };
}

function perHour(money: Reading<Money>, ms: number): Reading<number> {
  if (ms === 0) return absent('no paid time');
  return mapReading(money, (amount) => moneyShare(amount, MS_PER_HOUR, ms));
}

function perMillion(money: Reading<Money>, tokens: TokenCounts): Reading<number> {
  const count = countOf(tokens);
  if (count === 0) return absent('no tokens in this time');
  return mapReading(money, (amount) => moneyShare(amount, MILLION, count));
}

const PARTS_PER_MICRO_USD = moneyOfMicroUsd(1).parts;

/** Whole micro-USD of `money * numerator / denominator`, rounded once; both are whole, the denominator above zero. */
export function moneyShare({parts}: Money, numerator: number, denominator: number): number {
  return Number(dividedHalfEven(parts * BigInt(numerator), PARTS_PER_MICRO_USD * BigInt(denominator)));
}
