import type {ApiError} from '../../api/commands.ts';
import {noTokens, type PricesInForce, tokensSince} from '../../domain/cost/ledger.ts';
import {type TokenAmounts, usdOfTokens} from '../../domain/cost/token-value.ts';
import type {HistoryStore} from '../../history/open-history.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {isPresent, valueOrNull} from '../../samples/reading.ts';
import {ok, type Result} from '../../shared/result.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import {countedTokens} from './run-cost.ts';

/** Records per tick what the node costs while it has an engine, and what its tokens would have cost. */
export type CostLedger = {
  readonly tick: (now: {
    readonly atMs: number;
    readonly monotonicMs: number;
    readonly hasEngine: boolean;
    readonly metrics: EngineMetricsSample | null;
  }) => Result<null, ApiError>;
};

/** A ledger that starts at its first tick. `configured` are the prices of the moment. */
export function createCostLedger(history: HistoryStore, configured: () => PricesInForce): CostLedger {
  let lastMs: number | null = null;
  let lastTokens: TokenAmounts | null = null;
  return {
    tick({atMs, monotonicMs, hasEngine, metrics}) {
      const elapsedMs = lastMs === null || !hasEngine ? 0 : monotonicMs - lastMs;
      lastMs = monotonicMs;
      const tokens = valueOrNull(countedTokens(metrics));
      const grown = tokens !== null && lastTokens !== null ? tokensSince(lastTokens, tokens) : noTokens;
      // A new engine counts from zero; its own first reading is the baseline.
      lastTokens = hasEngine ? (tokens ?? lastTokens) : null;
      if (elapsedMs === 0 && grown === noTokens) return ok(null);
      const {nodeUsdPerHour, prices} = configured();
      const nodeUsd = isPresent(nodeUsdPerHour) ? (nodeUsdPerHour * elapsedMs) / MS_PER_HOUR : 0;
      return history.addToLedger({atMs, nodeUsd, apiUsd: usdOfTokens(grown, prices), ...grown});
    },
  };
}
