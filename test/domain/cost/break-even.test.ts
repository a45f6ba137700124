import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  blendedUsdPerMillion,
  breakEvenMillionTokens,
  breakEvenTokensPerSecond,
  exactMix,
  ownedUsdPerMonth,
  tokensPerSecond,
} from '../../../src/domain/cost/break-even.ts';
import {
  compare,
  exactNumber,
  one,
  product,
  type Rational,
  rational,
  rounded,
} from '../../../src/domain/cost/rational.ts';
import {usdOfTokens, usdPerMillionTokensOf} from '../../../src/domain/cost/token-value.ts';
import {findPriceBook, publishedApi} from '../../support/price-books.ts';

const moonshot = publishedApi('moonshot');
const half = exactMix(rational(1, 2), rational(0));
const hours = rational(730);
const blended = blendedUsdPerMillion(half, moonshot);
const usdPerMonth = {low: rational(16 * 730), high: rational(24 * 730)};
const month = {usdPerMonth, hours, utilization: one, blended};

// The published self-hosting guide's section on break-even, and its arithmetic carried on.
describe("the published guide's break-even", () => {
  test('half prompt and half output cost $2.475 per million tokens', () => {
    expect(rounded(blended, 12)).toBe(2.475);
  });

  test('at $11,680 to $17,520 per month it is 4,719.19 to 7,078.79 million tokens', () => {
    const {low, high} = breakEvenMillionTokens(month);
    expect([rounded(low, 2), rounded(high, 2)]).toEqual([4719.19, 7078.79]);
  });

  test('which is 1,795.7 to 2,693.6 tokens per second without a pause, and twice that in half of the time', () => {
    const {low, high} = breakEvenMillionTokens(month);
    expect([low, high].map((end) => rounded(tokensPerSecond(end, month), 1))).toEqual([1795.7, 2693.6]);
    expect(rounded(tokensPerSecond(low, {hours, utilization: rational(1, 2)}), 1)).toBe(3591.5);
  });

  test('5 thousand million tokens per month are 1,902.6 per second', () => {
    expect(rounded(tokensPerSecond(rational(5000), month), 1)).toBe(1902.6);
    expect(breakEvenTokensPerSecond((5000 * 2.475) / 730, 2.475)).toBeCloseTo(1902.6, 1);
  });
});

test('with 80 % of the prompt cached a million tokens at 80:20 are worth $1.0736, without cache $1.56', () => {
  expect(rounded(blendedUsdPerMillion(exactMix(rational(4, 5), rational(4, 5)), moonshot), 12)).toBe(1.0736);
  expect(rounded(blendedUsdPerMillion(exactMix(rational(4, 5), rational(0)), moonshot), 12)).toBe(1.56);
  expect(
    usdPerMillionTokensOf({inputRatio: 0.16, cachedInputRatio: 0.64, outputRatio: 0.2}, findPriceBook('moonshot')),
  ).toBeCloseTo(1.0736, 10);
});

// Measured mixes of coding agents: 20 tokens in for each out, nine of ten from a cache.
test('at 20:1 with 90 % of the prompt cached a million tokens are worth $0.4438', () => {
  expect(rounded(blendedUsdPerMillion(exactMix(rational(20, 21), rational(9, 10)), moonshot), 4)).toBe(0.4438);
});

// https://lambda.ai/inference-models/moonshotai/kimi-k2.7-code
test("Lambda's measured eight B200 point is worth $23,724 of uncached traffic per month, $16,327 with 80 % cached", () => {
  const [total, output] = [exactNumber(5786.74), exactNumber(1157.35)];
  const mix = exactMix(rational(5786_74n - 1157_35n, 5786_74n), rational(0));
  const millions = product(total, rational(730 * 3600, 1_000_000));
  expect(rounded(product(millions, blendedUsdPerMillion(mix, moonshot)), 0)).toBe(23_724);
  const cached = exactMix(mix.input, rational(4, 5));
  expect(rounded(product(millions, blendedUsdPerMillion(cached, moonshot)), 0)).toBe(16_327);
  expect(rounded(product(total, mix.output), 6)).toBe(rounded(output, 6));
});

test('the highspeed model charges $10.28 for a million misses, a million hits and a million generated', () => {
  const tokens = {promptTokens: 2e6, cachedPromptTokens: 1e6, generationTokens: 1e6};
  expect(usdOfTokens(tokens, findPriceBook('moonshot-highspeed'))).toBeCloseTo(10.28, 10);
});

test('a node that is owned costs its purchase over the months, its place, and the energy of all hours', () => {
  const owned = {
    purchaseUsd: rational(360_000),
    months: rational(36),
    colocationUsdPerMonth: rational(1500),
    watts: rational(8000),
    usdPerKilowattHour: exactNumber(0.12),
    hours,
  };
  expect(rounded(ownedUsdPerMonth(owned), 6)).toBe(10_000 + 1500 + 8 * 730 * 0.12);
});

test('at the break-even the API charges exactly what the node costs, for any mix and price', () => {
  const ratio = fc.tuple(fc.integer({min: 0, max: 1000}), fc.integer({min: 1000, max: 5000}));
  const toRational = ([dividend, divisor]: readonly [number, number]): Rational => rational(dividend, divisor);
  fc.assert(
    fc.property(ratio, ratio, fc.nat({max: 1_000_000}), (input, cached, cents) => {
      const mix = exactMix(toRational(input), toRational(cached));
      const perMillion = blendedUsdPerMillion(mix, moonshot);
      const usd = rational(cents, 100);
      const {low} = breakEvenMillionTokens({...month, blended: perMillion, usdPerMonth: {low: usd, high: usd}});
      expect(compare(product(low, perMillion), usd)).toBe(0);
    }),
  );
});
