import {describe, expect, test} from 'vitest';
import {breakEven, breakEvenTokensPerSecond} from '../../../src/domain/cost/break-even.ts';
import {usdOfTokens, usdPerMillionTokensOf} from '../../../src/domain/cost/token-value.ts';
import {findPriceBook} from '../../support/price-books.ts';

const moonshot = findPriceBook('moonshot');
const half = {inputRatio: 0.5, cachedInputRatio: 0, outputRatio: 0.5};
const SECONDS_PER_MONTH = 730 * 3600;

// Expected values: the published self-hosting guide's section on break-even, and its arithmetic carried on.
describe("the published guide's break-even", () => {
  test('a node at $16 per hour is $11,680 per month, at $24 it is $17,520', () => {
    expect(breakEven({nodeUsdPerHour: 16, prices: moonshot, mix: half}).nodeUsdPerMonth).toBe(11_680);
    expect(breakEven({nodeUsdPerHour: 24, prices: moonshot, mix: half}).nodeUsdPerMonth).toBe(17_520);
  });

  test('half prompt and half output cost $2.475 per million tokens', () => {
    expect(usdPerMillionTokensOf(half, moonshot)).toBe(2.475);
  });

  test('it breaks even at 4,719 to 7,079 million tokens per month', () => {
    const cheap = breakEven({nodeUsdPerHour: 16, prices: moonshot, mix: half});
    const dear = breakEven({nodeUsdPerHour: 24, prices: moonshot, mix: half});
    expect(cheap.millionTokensPerMonth).toBeCloseTo(4719.19, 2);
    expect(dear.millionTokensPerMonth).toBeCloseTo(7078.79, 2);
  });

  test('which is 1,796 to 2,694 tokens per second without a pause', () => {
    const cheap = breakEven({nodeUsdPerHour: 16, prices: moonshot, mix: half});
    const dear = breakEven({nodeUsdPerHour: 24, prices: moonshot, mix: half});
    expect(cheap.tokensPerSecond).toBeCloseTo(1795.7, 1);
    expect(dear.tokensPerSecond).toBeCloseTo(2693.6, 1);
    expect(cheap.tokensPerSecond).toBeCloseTo((cheap.millionTokensPerMonth * 1e6) / SECONDS_PER_MONTH, 6);
  });

  test('5 thousand million tokens per month are 1,902.6 per second', () => {
    const nodeUsdPerHour = (5000 * 2.475) / 730;
    expect(breakEvenTokensPerSecond(nodeUsdPerHour, 2.475)).toBeCloseTo(1902.6, 1);
  });
});

test('with 80 % of the prompt cached a million tokens at 80:20 are worth $1.0736, without cache $1.56', () => {
  expect(usdPerMillionTokensOf({inputRatio: 0.16, cachedInputRatio: 0.64, outputRatio: 0.2}, moonshot)).toBeCloseTo(
    1.0736,
    10,
  );
  expect(usdPerMillionTokensOf({inputRatio: 0.8, cachedInputRatio: 0, outputRatio: 0.2}, moonshot)).toBeCloseTo(
    1.56,
    10,
  );
});

test("Lambda's measured eight B200 point is worth $23,724 of uncached traffic per month", () => {
  const second = {promptTokens: 5786.74 - 1157.35, cachedPromptTokens: 0, generationTokens: 1157.35};
  expect(Math.abs(usdOfTokens(second, moonshot) * SECONDS_PER_MONTH - 23_724)).toBeLessThan(1);
});

test('the highspeed model charges $10.28 for a million misses, a million hits and a million generated', () => {
  const tokens = {promptTokens: 2e6, cachedPromptTokens: 1e6, generationTokens: 1e6};
  expect(usdOfTokens(tokens, findPriceBook('moonshot-highspeed'))).toBeCloseTo(10.28, 10);
});

test('another length of the month changes only the monthly values', () => {
  const short = breakEven({nodeUsdPerHour: 20, prices: moonshot, mix: half, hoursPerMonth: 720});
  expect(short.nodeUsdPerMonth).toBe(14_400);
  expect(short.tokensPerSecond).toBe(breakEven({nodeUsdPerHour: 20, prices: moonshot, mix: half}).tokensPerSecond);
});
