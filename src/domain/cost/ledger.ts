import {z} from 'zod';
import {absent, isAbsent, type Reading, valueOrNull} from '../../samples/reading.ts';
import {growthOf} from '../traffic/counters.ts';
import {usdOfTime} from './node-cost.ts';
import {type PriceBook, priceBookSchema} from './price-book.ts';
import {type TokenAmounts, usdOfTokens} from './token-value.ts';

/** What the node costs and what an API charges, at one time. */
export type PricesInForce = {readonly nodeUsdPerHour: Reading<number>; readonly prices: PriceBook};

/** What one run cost, and what its tokens would have cost, each part at the prices of its time. */
export const ledgerSchema = z.object({
  sinceMs: z.number(),
  untilMs: z.number(),
  /** The same since the host was booted, which no setting of a clock changes; left out by older versions. */
  untilUptimeMs: z.number().optional(),
  /** False if the run is older than the ledger: its earlier tokens are not counted. */
  isWholeRun: z.boolean(),
  nodeUsd: z.number(),
  /** Time without a price for the node: it gets the next price that is set. */
  unpricedMs: z.number(),
  apiUsd: z.number(),
  /** What clients used, by the engine's counters when they were last read; null before that. */
  tokens: z
    .object({promptTokens: z.number(), cachedPromptTokens: z.number(), generationTokens: z.number()})
    .readonly()
    .nullable(),
  /** In force at `untilMs`: they apply until the next step, also if a later supervisor takes it. */
  nodeUsdPerHour: z.number().nullable(),
  prices: priceBookSchema.readonly(),
});
export type Ledger = Readonly<z.infer<typeof ledgerSchema>>;

/** An empty ledger that starts at `sinceMs`, with the prices in force then. */
export function openLedger(sinceMs: number, isWholeRun: boolean, inForce: PricesInForce): Ledger {
  const {nodeUsdPerHour, prices} = inForce;
  return {
    sinceMs,
    untilMs: sinceMs,
    isWholeRun,
    nodeUsd: 0,
    unpricedMs: 0,
    apiUsd: 0,
    tokens: null,
    nodeUsdPerHour: valueOrNull(nodeUsdPerHour),
    prices,
  };
}

/**
 * The ledger extended to `atMs`: the node costs per hour, busy or idle; the API costs per token. What was spent until now
 * keeps the prices that the ledger has; `inForce` applies from now on. `elapsedMs` is from a clock that nobody sets.
 */
export function carryLedger(
  ledger: Ledger,
  step: {
    readonly atMs: number;
    readonly elapsedMs: number;
    readonly tokens: TokenAmounts | null;
    readonly inForce: PricesInForce;
  },
): Ledger {
  const {tokens, inForce} = step;
  const nodeUsdPerHour = valueOrNull(inForce.nodeUsdPerHour);
  // A step without a price takes the one that is set now, with all time that still waits for one.
  const stepUsdPerHour = ledger.nodeUsdPerHour ?? nodeUsdPerHour;
  const unpricedMs = ledger.unpricedMs + (stepUsdPerHour === null ? step.elapsedMs : 0);
  const isPriced = nodeUsdPerHour !== null;
  const usedUsd = stepUsdPerHour === null ? 0 : usdOfTime(step.elapsedMs, stepUsdPerHour);
  const grown = ledgerTokensSince(ledger, tokens);
  return {
    ...ledger,
    untilMs: step.atMs,
    nodeUsd: ledger.nodeUsd + usedUsd + (isPriced ? usdOfTime(unpricedMs, nodeUsdPerHour) : 0),
    unpricedMs: isPriced ? 0 : unpricedMs,
    apiUsd: ledger.apiUsd + usdOfTokens(grown, ledger.prices),
    tokens: tokens ?? ledger.tokens,
    nodeUsdPerHour,
    prices: inForce.prices,
  };
}

/** Dollars of the ledger; absent, instead of too low, while the node has no price or no token was ever counted. */
export function costSince(
  ledger: Ledger,
  {nodeUsdPerHour, tokens}: {readonly nodeUsdPerHour: Reading<number>; readonly tokens: Reading<TokenAmounts>},
): {readonly sinceMs: number; readonly nodeUsd: Reading<number>; readonly apiUsd: Reading<number>} {
  const unpriced = isAbsent(nodeUsdPerHour) ? nodeUsdPerHour : absent('the price of the node was not set');
  const unread = isAbsent(tokens) ? tokens : absent('no tokens counted yet');
  return {
    sinceMs: ledger.sinceMs,
    nodeUsd: ledger.unpricedMs > 0 ? unpriced : ledger.nodeUsd,
    apiUsd: ledger.tokens === null ? unread : ledger.apiUsd,
  };
}

/** The tokens that a reading of the engine's counters adds to the ledger; none without a reading. */
export function ledgerTokensSince(ledger: Ledger, tokens: TokenAmounts | null): TokenAmounts {
  return tokens === null ? noTokens : tokensSince(ledger.tokens ?? baselineOf(ledger, tokens), tokens);
}

/** Tokens since the last reading of the engine's counters; a counter that fell restarted at zero. */
export function tokensSince(before: TokenAmounts, now: TokenAmounts): TokenAmounts {
  return {
    promptTokens: growthOf(before.promptTokens, now.promptTokens),
    cachedPromptTokens: growthOf(before.cachedPromptTokens, now.cachedPromptTokens),
    generationTokens: growthOf(before.generationTokens, now.generationTokens),
  };
}

const noTokens: TokenAmounts = {promptTokens: 0, cachedPromptTokens: 0, generationTokens: 0};

function baselineOf({isWholeRun}: Ledger, firstRead: TokenAmounts): TokenAmounts {
  return isWholeRun ? noTokens : firstRead;
}
