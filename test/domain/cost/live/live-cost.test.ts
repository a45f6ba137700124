import {afterEach, describe, expect, test, vi} from 'vitest';
import {liveCost} from '../../../../src/domain/cost/live/live-cost.ts';
import {type Absent, isAbsent} from '../../../../src/samples/reading.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE} from '../../../../src/shared/units.ts';
import {BUSY_HOUR_MICRO_USD, hoursOf, minutesOf, NOON_MS, prices} from './live-rows.ts';

const moment = {nowMs: NOON_MS, inForce: prices, billedUntilMs: null, dated: []};
const midnightMs = NOON_MS - 12 * MS_PER_HOUR;

function present<T extends object>(value: T | Absent): T {
  if (isAbsent(value)) throw new Error('absent');
  return value;
}

describe('windows', () => {
  test('an hour by its minutes: what the node cost, what the API would have, and what was saved', () => {
    const minute = {input: 20_000, cached: 200_000, output: 40_000};
    const {windows} = liveCost({minutes: [minutesOf(NOON_MS - MS_PER_HOUR, 60, {tokens: minute})], hours: []}, moment);
    expect(windows.hour).toMatchObject({
      coveredMs: MS_PER_HOUR,
      nodeMicroUsd: 28_800_000,
      nodeMicroUsdPerHour: 28_800_000,
      utilizationRatio: 1,
      tokens: {input: 1_200_000, cached: 12_000_000, output: 2_400_000},
      apis: [{microUsd: 13_020_000, savedMicroUsd: -15_780_000, savedMicroUsdPerHour: -15_780_000, isEstimate: false}],
    });
    expect(windows.fiveMinutes).toMatchObject({coveredMs: 5 * MS_PER_MINUTE, nodeMicroUsdPerHour: 28_800_000});
  });

  test('no money before five minutes are covered, and how much of them is measured', () => {
    const minutes = [minutesOf(NOON_MS - 2 * MS_PER_MINUTE, 2)];
    expect(liveCost({minutes, hours: []}, moment).windows.hour).toEqual({absent: 'measured 2m 00s of 5m 00s'});
    const {times, ...rest} = minutesOf(NOON_MS, 1);
    const some = [{...rest, times: times.map((time) => ({...time, ms: 130_999}))}];
    expect(liveCost({minutes: some, hours: []}, moment).windows.fiveMinutes).toEqual({
      absent: 'measured 2m 10s of 5m 00s',
    });
  });

  test('time before Gantry watched is paid, and covers nothing', () => {
    const minutes = [
      minutesOf(NOON_MS - 60 * MS_PER_MINUTE, 50, {state: 'unobserved'}),
      minutesOf(NOON_MS - 10 * MS_PER_MINUTE, 10, {tokens: {input: 0, cached: 0, output: 10_000}}),
    ];
    expect(liveCost({minutes, hours: []}, moment).windows.hour).toMatchObject({
      coveredMs: 10 * MS_PER_MINUTE,
      nodeMicroUsd: 28_800_000,
      nodeMicroUsdPerHour: 28_800_000,
      utilizationRatio: 10 / 60,
      apis: [{microUsd: 400_000, microUsdPerHour: 2_400_000}],
    });
  });

  test('an API without a price of that time is compared at the one in force, as an estimate', () => {
    const others = prices.apis.map((api) => ({...api, name: 'other', picoUsdPerOutputToken: 1_000_000}));
    const inForce = {...prices, apis: [...prices.apis, ...others]};
    const hours = [hoursOf(midnightMs, 12)];
    const {today} = liveCost({minutes: [], hours}, {...moment, inForce}).windows;
    expect(present(today).apis.map(({isEstimate}) => isEstimate)).toEqual([false, true]);
  });

  test('an hour without a price of the node has no money of it, and that of the API', () => {
    const free = {...prices, node: {microUsdPerHour: null, microUsdPerKilowattHour: null}};
    const hours = [{...hoursOf(midnightMs, 1), prices: free}, hoursOf(midnightMs + MS_PER_HOUR, 1)];
    const {today} = liveCost({minutes: [], hours}, moment).windows;
    expect(present(today).nodeMicroUsd).toEqual({absent: 'the node has no price for some of this time'});
    expect(present(today).apis[0]?.microUsd).toBe(2 * BUSY_HOUR_MICRO_USD);
  });
});

describe('the month', () => {
  const hours = [hoursOf(midnightMs - 3 * MS_PER_DAY, 72), hoursOf(midnightMs, 12)];

  test('is projected from its complete days, with the worst and the best as its ends', () => {
    const idle = {input: 0, cached: 0, output: 0};
    const mixed = [hoursOf(midnightMs - 2 * MS_PER_DAY, 24, {tokens: idle}), hoursOf(midnightMs - MS_PER_DAY, 36)];
    const {projection, days} = liveCost({minutes: [], hours: mixed}, moment);
    const booked = 36 * BUSY_HOUR_MICRO_USD;
    const day = 24 * BUSY_HOUR_MICRO_USD;
    // Two and a half days are left of a month of thirty.
    expect(projection).toMatchObject({
      completeDays: 2,
      nodeMicroUsd: (60 + 60) * 28_800_000,
      api: {low: booked, mid: booked + 1.25 * day, high: booked + 2.5 * day},
    });
    expect(days.map(({isComplete}) => isComplete)).toEqual([false, true, true]);
  });

  test('is not projected from one day', () => {
    const one = [hoursOf(midnightMs - MS_PER_DAY, 36)];
    expect(liveCost({minutes: [], hours: one}, moment).projection).toEqual({
      absent: 'one complete day yet; 2 are needed',
    });
  });

  test('ends early for a node that is no longer paid for', () => {
    const until = {...moment, billedUntilMs: NOON_MS + MS_PER_HOUR};
    const {projection} = liveCost({minutes: [], hours}, until);
    expect(present(projection).nodeMicroUsd).toBe((84 + 1) * 28_800_000);
  });

  test('is at each price that follows, to the millisecond, and at the power of the last hour', () => {
    const dated = [
      {fromMs: NOON_MS - MS_PER_HOUR, microUsdPerHour: 99},
      {fromMs: NOON_MS + 1, microUsdPerHour: 3_600_000},
    ];
    const rent = 84 * 28_800_000 + 8 + (60 * MS_PER_HOUR - 1);
    expect(present(liveCost({minutes: [], hours}, {...moment, dated}).projection).nodeMicroUsd).toBe(rent);
    // 8 kW at $0.12: $0.96 an hour.
    const inForce = {...prices, node: {...prices.node, microUsdPerKilowattHour: 120_000}};
    const {times, ...rest} = minutesOf(NOON_MS - MS_PER_HOUR, 60);
    const minutes = [{...rest, times: times.map((time) => ({...time, milliwattMs: 8_000_000 * MS_PER_MINUTE}))}];
    const {projection} = liveCost({minutes, hours}, {...moment, inForce, dated});
    expect(present(projection).nodeMicroUsd).toBe(rent + 60 * 960_000);
  });

  test('of February and of December has its own length', () => {
    const ends = [Date.UTC(2028, 1, 29, 12), Date.UTC(2026, 11, 31, 12)].map((nowMs) => {
      const rows = [hoursOf(nowMs - 12 * MS_PER_HOUR - 2 * MS_PER_DAY, 60)];
      return present(liveCost({minutes: [], hours: rows}, {...moment, nowMs}).projection).nodeMicroUsd;
    });
    expect(ends).toEqual([72 * 28_800_000, 72 * 28_800_000]);
  });
});

describe('break-even', () => {
  test('is at the mix of the last hour, and says how much of it is reached', () => {
    const minute = {input: 20_000, cached: 200_000, output: 40_000};
    const {breakEven, windows} = liveCost(
      {minutes: [minutesOf(NOON_MS - MS_PER_HOUR, 60, {tokens: minute})], hours: []},
      moment,
    );
    const reached = present(breakEven);
    expect(reached.mixOf).toBe('hour');
    expect(reached.tokensPerSecond * reached.reachedRatio).toBeCloseTo(present(windows.hour).tokensPerSecond, 6);
    expect(reached.reachedRatio).toBeCloseTo(13.02 / 28.8, 4);
  });

  test('is at the mix of the day after an hour without tokens', () => {
    const minutes = [
      minutesOf(NOON_MS - MS_PER_DAY, 23 * 60, {tokens: {input: 1, cached: 0, output: 1}}),
      minutesOf(NOON_MS - MS_PER_HOUR, 60),
    ];
    expect(liveCost({minutes, hours: []}, moment).breakEven).toMatchObject({mixOf: 'day'});
    expect(liveCost({minutes: [minutesOf(NOON_MS - MS_PER_HOUR, 60)], hours: []}, moment).breakEven).toEqual({
      absent: 'no tokens in this time',
    });
  });
});

test('tokens of many hours are priced exactly', () => {
  const odd = {input: 1, cached: 1, output: 1};
  const hours = [hoursOf(midnightMs, 12, {tokens: odd})];
  const {today} = liveCost({minutes: [], hours}, moment).windows;
  // 12 x 5.14 micro-USD: rounded hours would give 60.
  expect(present(today).apis[0]?.microUsd).toBe(62);
  expect(present(today).tokens).toEqual({input: 12, cached: 12, output: 12});
});

describe('days and months are those of UTC, in Berlin too', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  // Clocks there go forward on 2027-03-28 and back on 2027-10-31; 2028 has a 29 February, 2027 none.
  test.each([
    ['2027-02-28', 28],
    ['2027-03-29', 31],
    ['2027-10-31', 31],
    ['2028-02-28', 29],
    ['2028-02-29', 29],
    ['2028-03-01', 31],
  ])('on %s, in a month of %i days', (day, daysOfMonth) => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    const noonMs = Date.parse(`${day}T12:00:00Z`);
    expect(new Date(noonMs).getTimezoneOffset(), 'the time zone is in force').toBeLessThan(0);
    const dayOfMonth = Number(day.slice(-2));
    const hours = [hoursOf(noonMs - 132 * MS_PER_HOUR, 132)];
    const {windows, days, projection} = liveCost({minutes: [], hours}, {...moment, nowMs: noonMs});
    expect(present(windows.today).nodeMicroUsd).toBe(12 * 28_800_000);
    const hoursSoFar = (dayOfMonth - 1) * 24 + 12;
    expect(present(windows.month).nodeMicroUsd).toBe(Math.min(132, hoursSoFar) * 28_800_000);
    const complete = days.filter(({isComplete}) => isComplete);
    expect(complete.length).toBeGreaterThanOrEqual(2);
    for (const {dayAtMs, nodeMicroUsd} of complete) {
      expect(new Date(dayAtMs).toISOString()).toContain('T00:00:00.000Z');
      expect(nodeMicroUsd).toBe(24 * 28_800_000);
    }
    const hoursLeft = daysOfMonth * 24 - hoursSoFar;
    expect(present(projection).nodeMicroUsd).toBe((Math.min(132, hoursSoFar) + hoursLeft) * 28_800_000);
  });
});
