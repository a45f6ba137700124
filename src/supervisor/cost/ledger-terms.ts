import type {PriceDocument} from '../../domain/cost/ledger/entries.ts';
import type {LedgerTerms} from '../../domain/cost/ledger/ledger-state.ts';
import {valueOrNull} from '../../samples/reading.ts';
import type {ActiveConfiguration} from '../configuration/active-configuration.ts';

const MICRO = 1e6;

/** When the node is paid for and what is charged, by the configuration. */
export function ledgerTermsOf(configured: Pick<ActiveConfiguration, 'nodeUsdPerHour' | 'prices'>): LedgerTerms {
  const prices = priceDocumentOf(configured);
  return {billedSinceMs: null, billedUntilMs: null, pricesAt: () => prices, changesAtMs: []};
}

function priceDocumentOf({
  nodeUsdPerHour,
  prices,
}: Pick<ActiveConfiguration, 'nodeUsdPerHour' | 'prices'>): PriceDocument {
  const usdPerHour = valueOrNull(nodeUsdPerHour);
  return {
    node: {
      microUsdPerHour: usdPerHour === null ? null : Math.round(usdPerHour * MICRO),
      microUsdPerKilowattHour: null,
    },
    apis: [
      {
        name: prices.name,
        model: prices.name,
        picoUsdPerInputToken: Math.round(prices.inputUsdPerMillionTokens * MICRO),
        picoUsdPerCachedToken: Math.round(prices.cachedInputUsdPerMillionTokens * MICRO),
        picoUsdPerOutputToken: Math.round(prices.outputUsdPerMillionTokens * MICRO),
      },
    ],
  };
}
