import fc from 'fast-check';
import {expect, test} from 'vitest';
import {carryLedger, openLedger, tokensSince} from '../../../src/domain/cost/ledger.ts';
import {findPriceBook} from '../../../src/domain/cost/price-book.ts';
import {absent} from '../../../src/samples/reading.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';

const prices = findPriceBook('moonshot');
const nothing = {promptTokens: 0, cachedPromptTokens: 0, generationTokens: 0};

test('a node costs per hour, idle or not', () => {
  const ledger = carryLedger(openLedger(0), {atMs: MS_PER_HOUR / 2, nodeUsdPerHour: 20, tokens: nothing, prices});
  expect(ledger).toEqual({sinceMs: 0, untilMs: MS_PER_HOUR / 2, nodeUsd: 10, apiUsd: 0});
});

test('the API costs per token', () => {
  const tokens = {promptTokens: 3e6, cachedPromptTokens: 2e6, generationTokens: 1e6};
  const ledger = carryLedger(openLedger(0), {atMs: 1000, nodeUsdPerHour: 0, tokens, prices});
  expect(ledger.apiUsd).toBeCloseTo(0.95 + 2 * 0.19 + 4, 10);
});

test('an hour without a price leaves no sum, because a partial sum would look complete', () => {
  const unset = absent('cost.nodeUsdPerHour is not set');
  const first = carryLedger(openLedger(0), {atMs: 1000, nodeUsdPerHour: unset, tokens: nothing, prices});
  const second = carryLedger(first, {atMs: 2000, nodeUsdPerHour: 20, tokens: nothing, prices});
  expect(second.nodeUsd).toEqual(unset);
});

test('a clock that was set back adds no cost', () => {
  const ledger = carryLedger(openLedger(5000), {atMs: 1000, nodeUsdPerHour: 20, tokens: nothing, prices});
  expect(ledger).toMatchObject({untilMs: 5000, nodeUsd: 0});
});

test('a counter that was reset counts from zero', () => {
  const before = {promptTokens: 900, cachedPromptTokens: 500, generationTokens: 90};
  const now = {promptTokens: 100, cachedPromptTokens: 0, generationTokens: 95};
  expect(tokensSince(before, now)).toEqual({promptTokens: 100, cachedPromptTokens: 0, generationTokens: 5});
});

test('the sum does not depend on how often the ledger is updated', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({min: 1, max: 60_000}), {minLength: 1, maxLength: 50}), (stepsMs) => {
      let atMs = 0;
      let stepwise = openLedger(0);
      for (const stepMs of stepsMs) {
        atMs += stepMs;
        const tokens = {promptTokens: stepMs, cachedPromptTokens: 0, generationTokens: stepMs};
        stepwise = carryLedger(stepwise, {atMs, nodeUsdPerHour: 20, tokens, prices});
      }
      const tokens = {promptTokens: atMs, cachedPromptTokens: 0, generationTokens: atMs};
      const once = carryLedger(openLedger(0), {atMs, nodeUsdPerHour: 20, tokens, prices});
      expect(stepwise.nodeUsd).toBeCloseTo(Number(once.nodeUsd), 9);
      expect(stepwise.apiUsd).toBeCloseTo(Number(once.apiUsd), 9);
    }),
  );
});
