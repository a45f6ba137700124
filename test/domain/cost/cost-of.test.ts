import fc from 'fast-check';
import {expect, test} from 'vitest';
import {costViewSchema} from '../../../src/api/snapshot.ts';
import {costOf} from '../../../src/domain/cost/cost-of.ts';
import {absent, isAbsent, type Reading} from '../../../src/samples/reading.ts';
import {findPriceBook} from '../../support/price-books.ts';

const prices = findPriceBook('moonshot');
const busy = {
  windowMs: 60_000,
  promptTokensPerSecond: 14_000,
  cachedPromptTokensPerSecond: 10_500,
  generationTokensPerSecond: 1_900,
};

/** The value; a reading that is absent fails the test. */
function present<T>(reading: Reading<T>): T {
  if (isAbsent(reading)) throw new Error(`absent: ${reading.absent}`);
  return reading;
}

test('a busy node is compared with what the API would charge for the same traffic', () => {
  const cost = costOf({nodeUsdPerHour: 20, traffic: busy, prices});
  // (3,500 x 0.95 + 10,500 x 0.19 + 1,900 x 4.00) / 10^6 USD a second, x 3,600
  expect(cost.apiUsdPerHour).toBeCloseTo(46.512, 6);
  expect(cost.savingsUsdPerHour).toBeCloseTo(26.512, 6);
  expect(cost.nodeUsdPerMillionTokens).toBeCloseTo(20 / (15_900 * 0.0036), 6);
  expect(cost.apiUsdPerMillionTokens).toBeCloseTo(46.512 / (15_900 * 0.0036), 6);
  expect(cost.breakEvenTokensPerSecond).toBeCloseTo((15_900 * 20) / 46.512, 6);
});

test('before there is a minute of traffic, what depends on it is absent and says why', () => {
  const early = costOf({nodeUsdPerHour: 20, traffic: {...busy, windowMs: 12_300}, prices});
  const reason = absent('measured 12 s of 60 s');
  expect(early).toMatchObject({nodeUsdPerHour: 20, apiUsdPerHour: reason, savingsUsdPerHour: reason, mix: reason});
  expect(early).toMatchObject({breakEvenTokensPerSecond: reason, tokensPerSecond: reason});
  // A counter that is not there at all is the better reason.
  const missing = absent('this version does not count cached tokens');
  const none = costOf({
    nodeUsdPerHour: 20,
    traffic: {...busy, windowMs: 12_300, cachedPromptTokensPerSecond: missing},
    prices,
  });
  expect(none.apiUsdPerHour).toEqual(missing);
});

test('an idle node still costs, and fractions of zero tokens are absent', () => {
  const idle = {...busy, promptTokensPerSecond: 0, cachedPromptTokensPerSecond: 0, generationTokensPerSecond: 0};
  const cost = costOf({nodeUsdPerHour: 20, traffic: idle, prices});
  const none = absent('no tokens in the window');
  expect(cost).toMatchObject({apiUsdPerHour: 0, savingsUsdPerHour: -20, mix: none, nodeUsdPerMillionTokens: none});
  expect(cost.breakEvenTokensPerSecond).toEqual(none);
});

test('without the price of the node the API side is complete', () => {
  const unset = absent('cost.nodeUsdPerHour is not set');
  const cost = costOf({nodeUsdPerHour: unset, traffic: busy, prices});
  expect(cost).toMatchObject({savingsUsdPerHour: unset, nodeUsdPerMillionTokens: unset});
  expect(cost.apiUsdPerHour).toBeCloseTo(46.512, 6);
});

test('an unknown rate is not treated as zero', () => {
  const missing = absent('this version does not count cached tokens');
  const cost = costOf({nodeUsdPerHour: 20, traffic: {...busy, cachedPromptTokensPerSecond: missing}, prices});
  expect(cost).toMatchObject({apiUsdPerHour: missing, savingsUsdPerHour: missing, mix: missing});
});

test('more cache hits than prompt tokens, from counters read at different times, count as all of them', () => {
  const cost = costOf({nodeUsdPerHour: 20, traffic: {...busy, cachedPromptTokensPerSecond: 15_000}, prices});
  expect(cost.mix).toMatchObject({inputRatio: 0});
});

test('the result is valid in a snapshot', () => {
  const cost = costOf({nodeUsdPerHour: 20, traffic: busy, prices});
  expect(costViewSchema.omit({sinceStart: true}).parse(cost)).toEqual(cost);
});

test('for any traffic the mix sums to 1, and at the break-even rate node and API cost the same', () => {
  // Shares of no tokens are absent, and a test above holds that: every traffic drawn here has some.
  const rate = fc.double({min: 1e-3, max: 1e6, noNaN: true});
  fc.assert(
    fc.property(
      rate,
      rate,
      rate,
      fc.double({min: 1, max: 200, noNaN: true}),
      (prompt, cached, generated, usdPerHour) => {
        const traffic = {
          windowMs: 61_000,
          promptTokensPerSecond: prompt,
          cachedPromptTokensPerSecond: cached,
          generationTokensPerSecond: generated,
        };
        const cost = costOf({nodeUsdPerHour: usdPerHour, traffic, prices});
        const {inputRatio, cachedInputRatio, outputRatio} = present(cost.mix);
        expect(inputRatio + cachedInputRatio + outputRatio).toBeCloseTo(1, 9);
        const breakEvenPerHour = present(cost.breakEvenTokensPerSecond) * 3600;
        expect((breakEvenPerHour * present(cost.apiUsdPerMillionTokens)) / 1e6).toBeCloseTo(usdPerHour, 6);
        const tokensPerHour = (prompt + generated) * 3600;
        expect((present(cost.nodeUsdPerMillionTokens) * tokensPerHour) / 1e6).toBeCloseTo(usdPerHour, 6);
      },
    ),
  );
});
