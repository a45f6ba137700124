import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  dividedHalfEven,
  microUsdOf,
  millionthsOfUsd,
  moneyLess,
  moneyOfMicroUsd,
  moneyOfTime,
  moneyOfTokens,
  noMoney,
  ownedMicroUsdPerHour,
  sumOfMoney,
} from '../../../src/domain/cost/exact-money.ts';

const moonshot = {
  name: 'moonshot',
  model: 'kimi-k2.7-code',
  picoUsdPerInputToken: 950_000,
  picoUsdPerCachedToken: 190_000,
  picoUsdPerOutputToken: 4_000_000,
};
const rented = {microUsdPerHour: 28_800_000, microUsdPerKilowattHour: null};
const count = fc.nat({max: Number.MAX_SAFE_INTEGER});
const price = fc.nat({max: 100_000_000_000_000});

describe('tokens', () => {
  test('a million of each kind at the prices of 2026-07-24 is $5.14, and one token of each 5.14 micro-USD', () => {
    const million = {input: 1_000_000, cached: 1_000_000, output: 1_000_000};
    expect(microUsdOf(moneyOfTokens(million, moonshot))).toBe(5_140_000);
    expect(microUsdOf(moneyOfTokens({input: 1, cached: 1, output: 1}, moonshot))).toBe(5);
  });

  test('booked apart or together, they cost the same, whatever the amounts', () => {
    const counts = fc.record({input: count, cached: count, output: count});
    fc.assert(
      fc.property(
        fc.array(counts, {maxLength: 8}),
        fc.tuple(price, price, price),
        (entries, [input, cached, output]) => {
          const prices = {
            ...moonshot,
            picoUsdPerInputToken: input,
            picoUsdPerCachedToken: cached,
            picoUsdPerOutputToken: output,
          };
          const exact = entries.reduce(
            (sum, entry) =>
              sum +
              BigInt(entry.input) * BigInt(input) +
              BigInt(entry.cached) * BigInt(cached) +
              BigInt(entry.output) * BigInt(output),
            0n,
          );
          const money = sumOfMoney(entries.map((entry) => moneyOfTokens(entry, prices)));
          expect(money.parts * 1_000_000n).toBe(exact * 3_600_000_000_000n);
        },
      ),
    );
  });
});

describe('time of the node', () => {
  test('an hour costs its price, and a day of single milliseconds not one micro-USD more or less', () => {
    expect(microUsdOf(moneyOfTime({ms: 3_600_000, milliwattMs: 0}, rented) ?? noMoney)).toBe(28_800_000);
    const millisecond = moneyOfTime({ms: 1, milliwattMs: 0}, {...rented, microUsdPerHour: 28_800_001}) ?? noMoney;
    expect(microUsdOf(sumOfMoney(Array.from({length: 3_600_000}, () => millisecond)))).toBe(28_800_001);
  });

  test('energy that is paid apart is added: an hour at 8 kW and 0.12 USD per kWh is 0.96 USD', () => {
    const prices = {microUsdPerHour: 1_000_000, microUsdPerKilowattHour: 120_000};
    const hour = {ms: 3_600_000, milliwattMs: 8_000_000 * 3_600_000};
    expect(microUsdOf(moneyOfTime(hour, prices) ?? noMoney)).toBe(1_960_000);
  });

  test('without a price of an hour it is unknown, not zero', () => {
    expect(moneyOfTime({ms: 1, milliwattMs: 1}, {microUsdPerHour: null, microUsdPerKilowattHour: 1})).toBeNull();
  });

  test('a node of 300,000 USD over 36 months in a place of 1,500 USD per month is 13.470320 USD per hour', () => {
    const owned = {purchaseMicroUsd: 300_000e6, months: 36, colocationMicroUsdPerMonth: 1_500e6};
    expect(ownedMicroUsdPerHour(owned)).toBe(13_470_320);
  });
});

describe('rounding', () => {
  test('a half goes to the even micro-USD, below zero as above', () => {
    expect([5n, 15n, 25n, -5n, -15n, -25n, 26n, -26n].map((value) => dividedHalfEven(value, 10n))).toEqual([
      0n,
      2n,
      2n,
      0n,
      -2n,
      -2n,
      3n,
      -3n,
    ]);
  });

  test('it is off by at most half, and never changes a whole number', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({min: 1n}), (dividend, divisor) => {
        const off = 2n * (dividend - dividedHalfEven(dividend, divisor) * divisor);
        expect(off <= divisor && off >= -divisor).toBe(true);
        expect(dividedHalfEven(dividend * divisor, divisor)).toBe(dividend);
      }),
    );
  });

  test('micro-USD come back as they were, differences below zero too; more than a number holds is the most', () => {
    fc.assert(
      fc.property(count, count, (amount, other) => {
        expect(microUsdOf(moneyLess(moneyOfMicroUsd(amount), moneyOfMicroUsd(other)))).toBe(amount - other);
      }),
    );
    const most = moneyOfMicroUsd(Number.MAX_SAFE_INTEGER);
    expect(microUsdOf(sumOfMoney([most, most]))).toBe(Number.MAX_SAFE_INTEGER);
    expect(microUsdOf(moneyLess(noMoney, sumOfMoney([most, most])))).toBe(-Number.MAX_SAFE_INTEGER);
  });
});

describe('prices as they are written', () => {
  test.each([
    ['0.95', 950_000],
    [0.95, 950_000],
    [4, 4_000_000],
    ['4.00', 4_000_000],
    ['0', 0],
    [-0, 0],
    ['0.000001', 1],
    [0.000001, 1],
    ['100000000', 100_000_000e6],
    ['007.5', 7_500_000],
  ])('%j is %d millionths', (written, expected) => {
    expect(millionthsOfUsd(written)).toEqual({ok: true, value: expected});
  });

  test.each([
    [-3, 'a number of at least 0'],
    ['-0.01', 'a number of at least 0'],
    [Number.NaN, 'a number of USD in decimals, such as 28.80'],
    ['NaN', 'a number of USD in decimals, such as 28.80'],
    ['16-', 'a number of USD in decimals, such as 28.80'],
    ['', 'a number of USD in decimals, such as 28.80'],
    ['1e3', 'a number of USD in decimals, such as 28.80'],
    ['0x10', 'a number of USD in decimals, such as 28.80'],
    ['1,000', 'a number of USD in decimals, such as 28.80'],
    ['$3', 'a number of USD in decimals, such as 28.80'],
    ['0.1234567', 'a number with at most 6 decimals'],
    [1e-7, 'a number with at most 6 decimals'],
    ['100000000.000001', 'at most 100,000,000 USD'],
    [1e21, 'at most 100,000,000 USD'],
    [Number.POSITIVE_INFINITY, 'at most 100,000,000 USD'],
    ['9'.repeat(5000), 'at most 100,000,000 USD'],
  ])('%j is refused', (written, expected) => {
    expect(millionthsOfUsd(written)).toEqual({ok: false, error: expected});
  });

  test('what is written with up to six decimals is read exactly', () => {
    fc.assert(
      fc.property(fc.nat({max: 99_999_999}), fc.nat({max: 999_999}), (whole, millionths) => {
        const text = `${whole}.${String(millionths).padStart(6, '0')}`;
        const expected = {ok: true, value: whole * 1_000_000 + millionths};
        expect(millionthsOfUsd(text)).toEqual(expected);
        expect(millionthsOfUsd(Number(text))).toEqual(expected);
      }),
    );
  });
});
