import {expect, test} from 'vitest';
import {microUsdOf} from '../../../../src/domain/cost/exact-money.ts';
import {costSinceMoment} from '../../../../src/domain/cost/live/idle-cost-so-far.ts';
import {isAbsent} from '../../../../src/samples/reading.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE} from '../../../../src/shared/units.ts';
import {hoursOf, minutesOf, NOON_MS} from './live-rows.ts';

const minutes = [minutesOf(NOON_MS - 2 * MS_PER_HOUR, 120, {state: 'idle'})];
const hours = [hoursOf(NOON_MS - 2 * MS_PER_DAY, 48, {state: 'idle'})];

function microUsdSince(sinceMs: number): number {
  const money = costSinceMoment({minutes, hours}, sinceMs);
  if (isAbsent(money)) throw new Error(money.absent);
  return microUsdOf(money);
}

test('idle time costs what its part of the first minute and all later minutes do', () => {
  expect(microUsdSince(NOON_MS - 47 * MS_PER_MINUTE)).toBe(22_560_000);
  expect(microUsdSince(NOON_MS - 47 * MS_PER_MINUTE - 30_000)).toBe(22_800_000);
});

test('a time from before the minutes is known by hours', () => {
  expect(microUsdSince(NOON_MS - 30 * MS_PER_HOUR - 30 * MS_PER_MINUTE)).toBe(30.5 * 28_800_000);
});

test('of the minute in which it begins, what was done before is no part of it, whatever clock says when that was', () => {
  const [served] = [minutesOf(NOON_MS - MS_PER_MINUTE, 1, {state: 'serving'})];
  const [idle] = [minutesOf(NOON_MS - MS_PER_MINUTE, 1, {state: 'idle'})];
  const part = (entries: typeof served, ms: number) => ({
    ...entries,
    times: entries.times.map((time) => ({...time, ms})),
  });
  const minute = [part(served, 40_000), part(idle, 20_000)];
  const money = (sinceMs: number) => costSinceMoment({minutes: minute, hours: []}, sinceMs);
  const second = 8_000n * 3_600_000_000_000n;
  expect(money(NOON_MS - 20_000)).toEqual({parts: 20n * second});
  expect(money(NOON_MS - 15_000.25)).toEqual({parts: 15n * second});
});

test('without a price it has no cost', () => {
  const unpriced = minutes.map((entries) => ({
    ...entries,
    prices: {...entries.prices, node: {microUsdPerHour: null, microUsdPerKilowattHour: null}},
  }));
  expect(costSinceMoment({minutes: unpriced, hours: []}, NOON_MS - MS_PER_HOUR)).toEqual({
    absent: 'the node has no price',
  });
  // What nobody had priced before it began is no part of it.
  const earlier = {...minutesOf(NOON_MS - 3 * MS_PER_HOUR, 60, {state: 'down'}), prices: unpriced[0]?.prices};
  if (earlier.prices === undefined) throw new Error('no minutes');
  const known = costSinceMoment(
    {minutes: [{...earlier, prices: earlier.prices}, ...minutes], hours: []},
    NOON_MS - MS_PER_HOUR,
  );
  expect(isAbsent(known) ? known : microUsdOf(known)).toBe(28_800_000);
});
