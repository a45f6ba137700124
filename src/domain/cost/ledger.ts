import {combineReadings, mapReading, type Reading} from '../../samples/reading.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import type {PriceBook} from './price-book.ts';
import {type TokenAmounts, usdOfTokens} from './token-value.ts';

/** What a node cost and what its tokens would have cost since a given time. */
export type Ledger = {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Absent once the node's price was unknown at any time: a partial sum would mislead. */
  readonly nodeUsd: Reading<number>;
  readonly apiUsd: Reading<number>;
};

/** An empty ledger that starts now. */
export function openLedger(atMs: number): Ledger {
  return {sinceMs: atMs, untilMs: atMs, nodeUsd: 0, apiUsd: 0};
}

/**
 * The ledger extended to `atMs`: the node costs per hour, busy or idle; the API costs per token. A clock
 * that was set back adds nothing.
 */
export function carryLedger(
  ledger: Ledger,
  step: {
    readonly atMs: number;
    readonly nodeUsdPerHour: Reading<number>;
    readonly tokens: Reading<TokenAmounts>;
    readonly prices: PriceBook;
  },
): Ledger {
  const elapsedMs = Math.max(0, step.atMs - ledger.untilMs);
  const nodeUsd = mapReading(step.nodeUsdPerHour, (usdPerHour) => (usdPerHour * elapsedMs) / MS_PER_HOUR);
  const apiUsd = mapReading(step.tokens, (tokens) => usdOfTokens(tokens, step.prices));
  return {
    sinceMs: ledger.sinceMs,
    untilMs: Math.max(ledger.untilMs, step.atMs),
    nodeUsd: combineReadings(ledger.nodeUsd, nodeUsd, (sum, more) => sum + more),
    apiUsd: combineReadings(ledger.apiUsd, apiUsd, (sum, more) => sum + more),
  };
}

/** Tokens since the last reading of the engine's counters; a counter below its last value restarted at zero. */
export function tokensSince(before: TokenAmounts, now: TokenAmounts): TokenAmounts {
  return {
    promptTokens: increase(before.promptTokens, now.promptTokens),
    cachedPromptTokens: increase(before.cachedPromptTokens, now.cachedPromptTokens),
    generationTokens: increase(before.generationTokens, now.generationTokens),
  };
}

function increase(before: number, now: number): number {
  return now >= before ? now - before : now;
}
