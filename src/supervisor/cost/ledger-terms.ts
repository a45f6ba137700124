import type {LedgerTerms} from '../../domain/cost/ledger/ledger-state.ts';
import {priceDocumentAt} from '../../domain/cost/price-document.ts';
import type {ActiveConfiguration} from '../configuration/active-configuration.ts';

/** When the node is paid for and what is charged, by the configuration. */
export function ledgerTermsOf({
  billing,
  comparedApis,
}: Pick<ActiveConfiguration, 'billing' | 'comparedApis'>): LedgerTerms {
  return {
    billedSinceMs: billing.billedSinceMs,
    billedUntilMs: billing.billedUntilMs,
    pricesAt: (wallMs) => priceDocumentAt(billing, comparedApis, wallMs),
    changesAtMs: billing.dated.map(({fromMs}) => fromMs),
  };
}
