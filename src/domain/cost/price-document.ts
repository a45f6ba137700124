import {absent, type Reading} from '../../samples/reading.ts';
import {usdOfMicroUsd} from '../../shared/quantities/money.ts';
import {type ApiPrices, millionthsOfUsd} from './exact-money.ts';
import type {PriceDocument} from './ledger/entries.ts';
import type {ApiPrice} from './published-prices.ts';

/** What the node costs, as the operator has dated it. All times by the wall clock. */
export type NodeBilling = {
  /** Null: since Gantry first watched, and for as long as it does. */
  readonly billedSinceMs: number | null;
  readonly billedUntilMs: number | null;
  /** Before the first dated price, or without one; null where nothing is known. */
  readonly microUsdPerHour: number | null;
  /** Each from its time on; in their order. */
  readonly dated: readonly {readonly fromMs: number; readonly microUsdPerHour: number}[];
  /** Of electricity that is paid apart; null where the price of an hour includes it. */
  readonly microUsdPerKilowattHour: number | null;
};

/** The price of an hour that is in force at a time, micro-USD; null where none is known. */
export function microUsdPerHourAt({dated, microUsdPerHour}: NodeBilling, wallMs: number): number | null {
  return dated.findLast(({fromMs}) => fromMs <= wallMs)?.microUsdPerHour ?? microUsdPerHour;
}

/** The same in USD. */
export function nodeUsdPerHourAt(billing: NodeBilling, wallMs: number): Reading<number> {
  const microUsd = microUsdPerHourAt(billing, wallMs);
  return microUsd === null ? absent('cost.nodeUsdPerHour is not set in the configuration') : usdOfMicroUsd(microUsd);
}

/** All prices that are in force at a time: of the node, and of the APIs that it is compared with. */
export function priceDocumentAt(billing: NodeBilling, apis: readonly ApiPrice[], wallMs: number): PriceDocument {
  return {
    node: {
      microUsdPerHour: microUsdPerHourAt(billing, wallMs),
      microUsdPerKilowattHour: billing.microUsdPerKilowattHour,
    },
    apis: apis.map(apiPrices),
  };
}

/** USD per million tokens are as many millionths of a USD as picodollars per token. */
function apiPrices({name, model, input, cachedInput, output}: ApiPrice): ApiPrices {
  return {
    name,
    model,
    picoUsdPerInputToken: exactMillionths(input),
    picoUsdPerCachedToken: exactMillionths(cachedInput ?? input),
    picoUsdPerOutputToken: exactMillionths(output),
  };
}

/** Of a price that a schema has accepted: it has at most six decimals. */
export function exactMillionths(usd: number): number {
  const millionths = millionthsOfUsd(usd);
  if (!millionths.ok) throw new Error(`A price of ${usd} USD: expected ${millionths.error}.`);
  return millionths.value;
}
