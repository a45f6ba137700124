import {InvalidArgumentError} from 'commander';
import {expect, test} from 'vitest';
import {eventsTime, historyTime, moment, recordingTime, tokenNumber, waitTime} from '../../src/cli/option-values.ts';

test.each([
  ['60s', 60_000],
  ['1500ms', 1_500],
  ['90', 90_000],
  ['1.5h', 5_400_000],
  ['7d', 604_800_000],
  ['1w', 604_800_000],
])('%s is %i ms', (text, ms) => {
  expect(waitTime(text)).toBe(ms);
});

test.each(['', '60 s', '-5m', '5 minutes', '1e3s', '٣s'])('%j is no time', (text) => {
  expect(() => waitTime(text)).toThrow(InvalidArgumentError);
});

test('an option says what it takes in times that it is used with', () => {
  expect(() => waitTime('5 minutes')).toThrow('such as 60s or 5m');
  expect(() => eventsTime('a week')).toThrow('such as 30m, 24h or 7d');
  expect(() => historyTime('1y')).toThrow('up to 30d, such as 12h, 7d or 2w');
});

test('times have their limits', () => {
  expect([historyTime('30d'), recordingTime('24h')]).toEqual([2_592_000_000, 86_400_000]);
  for (const text of ['0s', '31d']) expect(() => historyTime(text)).toThrow('up to 30d');
  for (const text of ['0', '25h']) expect(() => recordingTime(text)).toThrow('up to 24h');
});

test('a moment is how far back, or the beginning of a day of UTC', () => {
  const nowMs = Date.UTC(2026, 10, 28, 12);
  expect(moment('12h')(nowMs)).toBe(Date.UTC(2026, 10, 28));
  expect(moment('1w')(nowMs)).toBe(Date.UTC(2026, 10, 21, 12));
  expect(moment('2026-11-01')(nowMs)).toBe(Date.UTC(2026, 10, 1));
  for (const text of ['yesterday', '2026-02-30', '30', '', '-1d'])
    expect(() => moment(text)).toThrow('such as 12h, 30d or 2w');
});

test('tokens are written as in the settings', () => {
  expect(['8192', '8K', '8k', '8,192'].map(tokenNumber)).toEqual([8_192, 8_192, 8_000, 8_192]);
  for (const text of ['0', '8 K', '-1', '8.5K', '']) expect(() => tokenNumber(text)).toThrow(/^Expected /);
});
