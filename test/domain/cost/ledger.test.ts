import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {carryLedger, costSince, openLedger, type PricesInForce, tokensSince} from '../../../src/domain/cost/ledger.ts';
import {absent, type Reading} from '../../../src/samples/reading.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {findPriceBook} from '../../support/price-books.ts';

const moonshot = findPriceBook('moonshot');
const unset = absent('cost.nodeUsdPerHour is not set');
const at = (nodeUsdPerHour: Reading<number>, prices = moonshot): PricesInForce => ({nodeUsdPerHour, prices});
const generated = (generationTokens: number) => ({promptTokens: 0, cachedPromptTokens: 0, generationTokens});
const hours = (count: number, inForce: PricesInForce, tokens: ReturnType<typeof generated> | null = null) => ({
  atMs: 0,
  elapsedMs: count * MS_PER_HOUR,
  tokens,
  inForce,
});

test('a node costs per hour, idle or not', () => {
  const ledger = carryLedger(openLedger(0, true, at(20)), hours(0.5, at(20)));
  expect(ledger).toMatchObject({sinceMs: 0, nodeUsd: 10, apiUsd: 0});
});

test('the API costs per token', () => {
  const tokens = {promptTokens: 3e6, cachedPromptTokens: 2e6, generationTokens: 1e6};
  const ledger = carryLedger(openLedger(0, true, at(0)), {...hours(1, at(0)), tokens});
  expect(ledger.apiUsd).toBeCloseTo(0.95 + 2 * 0.19 + 4, 10);
});

describe('after an edit of the prices', () => {
  test('what was spent before keeps its price', () => {
    const before = carryLedger(openLedger(0, true, at(28.8)), hours(1, at(20), generated(1e6)));
    const highspeed = at(20, findPriceBook('moonshot-highspeed'));
    const edited = carryLedger(before, hours(0, highspeed, generated(1e6)));
    expect(edited).toMatchObject({nodeUsd: 28.8, apiUsd: 4});
    const after = carryLedger(edited, hours(1, highspeed, generated(2e6)));
    expect([after.nodeUsd, after.apiUsd]).toEqual([28.8 + 20, 4 + 8]);
  });

  test('a price that is taken away hides the sum until there is one again', () => {
    const before = carryLedger(openLedger(0, true, at(20)), hours(1, at(unset)));
    expect(costSince(before, {nodeUsdPerHour: unset, tokens: unset})).toMatchObject({nodeUsd: 20});
    const without = carryLedger(before, hours(1, at(unset)));
    expect(costSince(without, {nodeUsdPerHour: unset, tokens: unset}).nodeUsd).toEqual(unset);
    expect(carryLedger(without, hours(1, at(10)))).toMatchObject({nodeUsd: 20 + 2 * 10, unpricedMs: 0});
  });

  test('time before the first price gets that price: a partial sum would look complete', () => {
    const without = carryLedger(openLedger(0, true, at(unset)), hours(2, at(unset)));
    expect(carryLedger(without, hours(1, at(10)))).toMatchObject({nodeUsd: 30, unpricedMs: 0});
  });
});

describe('tokens from before the ledger', () => {
  test('are those of the run if it covers the whole run', () => {
    expect(carryLedger(openLedger(0, true, at(1)), hours(0, at(1), generated(1e6))).apiUsd).toBe(4);
  });

  test('are not counted if the run is older', () => {
    const first = carryLedger(openLedger(0, false, at(1)), hours(0, at(1), generated(1e6)));
    expect(first.apiUsd).toBe(0);
    expect(carryLedger(first, hours(0, at(1), generated(2e6))).apiUsd).toBe(4);
  });

  test('are unknown, not zero, before the first reading', () => {
    const ledger = carryLedger(openLedger(0, true, at(1)), hours(1, at(1)));
    expect(costSince(ledger, {nodeUsdPerHour: 1, tokens: absent('no metrics read yet')}).apiUsd).toEqual(
      absent('no metrics read yet'),
    );
  });
});

test('a counter that was reset counts from zero, one that is printed rounded does not', () => {
  const before = {promptTokens: 900, cachedPromptTokens: 500, generationTokens: 1_000_000};
  const now = {promptTokens: 100, cachedPromptTokens: 0, generationTokens: 999_999};
  expect(tokensSince(before, now)).toEqual({promptTokens: 100, cachedPromptTokens: 0, generationTokens: 0});
});

test('the sum does not depend on how often the ledger is updated', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({min: 1, max: 60_000}), {minLength: 1, maxLength: 50}), (stepsMs) => {
      let atMs = 0;
      let stepwise = openLedger(0, true, at(20));
      for (const elapsedMs of stepsMs) {
        atMs += elapsedMs;
        stepwise = carryLedger(stepwise, {atMs, elapsedMs, tokens: generated(atMs), inForce: at(20)});
      }
      const step = {atMs, elapsedMs: atMs, tokens: generated(atMs), inForce: at(20)};
      const once = carryLedger(openLedger(0, true, at(20)), step);
      expect(stepwise.nodeUsd).toBeCloseTo(once.nodeUsd, 9);
      expect(stepwise.apiUsd).toBeCloseTo(once.apiUsd, 9);
    }),
  );
});
