import {combineReadings, type Reading} from '../../samples/reading.ts';
import {shownUsdDifference, usdOfMicroUsd} from '../../shared/quantities/money.ts';

/** What was saved, USD: the difference of the amounts as they are shown next to it, which the reader can check. */
export function shownSaving(apiMicroUsd: Reading<number>, nodeMicroUsd: Reading<number>): Reading<number> {
  return combineReadings(apiMicroUsd, nodeMicroUsd, (api, node) =>
    shownUsdDifference(usdOfMicroUsd(api), usdOfMicroUsd(node)),
  );
}
