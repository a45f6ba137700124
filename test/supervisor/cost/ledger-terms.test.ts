import {expect, test} from 'vitest';
import {microUsdOf, moneyOfTime, sumOfMoney} from '../../../src/domain/cost/exact-money.ts';
import {openLedgerState, withTimeUntil} from '../../../src/domain/cost/ledger/ledger-state.ts';
import {ledgerTermsOf} from '../../../src/supervisor/cost/ledger-terms.ts';
import {momentAt} from '../../support/build-ledger.ts';

const HOUR = 3_600_000;
const READ_MS = 30_000;

test('an owned node costs its place and its energy after its months, exactly from their end on', () => {
  const billing = {
    ...{billedSinceMs: null, billedUntilMs: null, microUsdPerHour: 13_415_525, microUsdPerKilowattHour: 120_000},
    dated: [{fromMs: HOUR, microUsdPerHour: 2_000_000}],
  };
  const terms = ledgerTermsOf({billing, comparedApis: []});
  const at8kw = {state: 'serving', runId: 'r1', milliwatts: 8_000_000} as const;
  let state = openLedgerState(null, momentAt(0), terms.pricesAt(0), at8kw);
  // The end of the months is between two of these moments.
  for (let wallMs = 20_000; wallMs < 3 * HOUR; wallMs += READ_MS)
    state = withTimeUntil(state, momentAt(wallMs), at8kw, terms);
  state = withTimeUntil(state, momentAt(3 * HOUR), at8kw, terms);
  const costs = state.bookings.map(({prices: {node}, hours}) =>
    microUsdOf(sumOfMoney(hours.times.flatMap((time) => moneyOfTime(time, node) ?? []))),
  );
  // 8 kW for one hour, and for two, at $0.12.
  expect(costs).toEqual([13_415_525 + 960_000, 2 * (2_000_000 + 960_000)]);
});
