import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {carryLedger, type Ledger, openLedger} from '../../../src/domain/cost/ledger.ts';
import {addHours, growthByHour, type LedgerHour} from '../../../src/domain/cost/ledger-hours.ts';
import {absent, type Reading} from '../../../src/samples/reading.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {findPriceBook} from '../../support/price-books.ts';

const START_MS = 1_000 * MS_PER_HOUR;
const prices = findPriceBook('moonshot');
const unpriced = absent('cost.nodeUsdPerHour is not set');

type Step = {readonly elapsedMs: number; readonly generated: number | null; readonly usdPerHour: Reading<number>};

/** A run that was observed at these steps: its ledger, and the hours of all steps. */
function observe(
  steps: readonly Step[],
  isWholeRun = true,
): {readonly ledger: Ledger; readonly hours: readonly LedgerHour[]} {
  let ledger = openLedger(START_MS, isWholeRun, {nodeUsdPerHour: steps[0]?.usdPerHour ?? unpriced, prices});
  let hours: readonly LedgerHour[] = [];
  for (const {elapsedMs, generated, usdPerHour} of steps) {
    const next = carryLedger(ledger, {
      atMs: ledger.untilMs + elapsedMs,
      elapsedMs,
      tokens: generated === null ? null : {promptTokens: 0, cachedPromptTokens: 0, generationTokens: generated},
      inForce: {nodeUsdPerHour: usdPerHour, prices},
    });
    hours = addHours(hours, growthByHour(ledger, next, elapsedMs));
    ledger = next;
  }
  return {ledger, hours};
}

const total = (hours: readonly LedgerHour[], name: Exclude<keyof LedgerHour, 'hourAtMs'>) =>
  hours.reduce((sum, hour) => sum + hour[name], 0);

describe('the hours of a ledger', () => {
  test('have what was spent in each of them, also where nobody observed the run for a while', () => {
    const {hours} = observe([{elapsedMs: 2.5 * MS_PER_HOUR, generated: 1_000_000, usdPerHour: 20}]);
    expect(hours.map(({hourAtMs, nodeUsd}) => [(hourAtMs - START_MS) / MS_PER_HOUR, nodeUsd])).toEqual([
      [0, 20],
      [1, 20],
      [2, 10],
    ]);
    expect(hours.map(({apiUsd}) => apiUsd)).toEqual([1.6, 1.6, 0.8]);
    expect(hours[0]?.generationTokens).toBe(400_000);
  });

  test('get the dollars of time that waited for a price where it was spent', () => {
    const {hours} = observe([
      {elapsedMs: MS_PER_HOUR, generated: null, usdPerHour: unpriced},
      {elapsedMs: MS_PER_HOUR, generated: null, usdPerHour: unpriced},
      {elapsedMs: MS_PER_HOUR, generated: null, usdPerHour: 30},
    ]);
    expect(hours.map(({nodeUsd}) => nodeUsd)).toEqual([30, 30, 30]);
  });

  test('of a step by a clock that was set are those of its duration', () => {
    const before = openLedger(START_MS, true, {nodeUsdPerHour: 36, prices});
    const step = {elapsedMs: 100_000, tokens: null, inForce: {nodeUsdPerHour: 36, prices}};
    const ahead = carryLedger(before, {...step, atMs: START_MS + 1_000 * MS_PER_HOUR + 200_000});
    expect(growthByHour(before, ahead, 100_000)).toHaveLength(1);
    const back = carryLedger(before, {...step, atMs: 50_000});
    expect(total(growthByHour(before, back, 100_000), 'nodeUsd')).toBeCloseTo(1, 9);
    expect(growthByHour(before, carryLedger(before, {...step, elapsedMs: 0, atMs: START_MS}), 0)).toEqual([]);
    expect(growthByHour(before, carryLedger(before, {...step, elapsedMs: 1e14, atMs: 1e14}), 1e14).length).toBeLessThan(
      800,
    );
  });

  test('add up to the ledger, whatever the steps', () => {
    const step = fc.record({
      elapsedMs: fc.integer({min: 0, max: 5 * MS_PER_HOUR}),
      generated: fc.option(fc.integer({min: 0, max: 10_000_000})),
      usdPerHour: fc.oneof(fc.constant(unpriced), fc.integer({min: 0, max: 50})),
    });
    fc.assert(
      fc.property(fc.array(step, {maxLength: 20}), fc.boolean(), (steps, isWholeRun) => {
        const {ledger, hours} = observe(steps, isWholeRun);
        expect(total(hours, 'nodeUsd')).toBeCloseTo(ledger.nodeUsd, 6);
        expect(total(hours, 'apiUsd')).toBeCloseTo(ledger.apiUsd, 6);
        expect(total(hours, 'generationTokens') * 4e-6).toBeCloseTo(ledger.apiUsd, 6);
        for (const {hourAtMs, nodeUsd} of hours) {
          expect(hourAtMs % MS_PER_HOUR).toBe(0);
          expect(nodeUsd).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
