import {expect, test} from 'vitest';
import {timeStampMs} from '../../../../src/sources/pasted-text/viewer/time-stamp.ts';

const noon = Date.UTC(2026, 3, 5, 12, 0, 1);

test.each([
  ['2026-04-05T12:00:01Z line', noon],
  ['2026/04/05 12:00:01,250 line', noon + 250],
  ['2026-04-05T14:00:01.5+02:00 line', noon + 500],
  ['2026-04-05T05:00:01-0700 line', noon],
  ['Apr  5 12:00:01 node engine[7]: line', Date.UTC(2000, 3, 5, 12, 0, 1)],
  ['INFO 04-05 12:00:01 [loader.py:3] line', Date.UTC(2000, 3, 5, 12, 0, 1)],
  ['[rank0]:[E405 12:00:01.5 ProcessGroup.cpp:6] line', Date.UTC(2000, 3, 5, 12, 0, 1) + 500],
  ['12:00:01 line', Date.UTC(2000, 0, 1, 12, 0, 1)],
  [`${noon / 1000}.250000 node engine[7]: line`, noon + 250],
  ['[ 12.500000] line', 12_500],
  ['1.02.003.000 I line', 62_003],
])('the time of "%s"', (line, timeMs) => expect(timeStampMs(line)).toBe(timeMs));

test('the time of a viewer counts before that of the engine, and a number is no time', () => {
  expect(timeStampMs('2026-04-05T12:00:01Z INFO 01-01 00:00:00 [x.py:1] line')).toBe(noon);
  expect(timeStampMs('loaded 12 shards in 00:01')).toBeNull();
  expect(timeStampMs(`${' '.repeat(200)}2026-04-05T12:00:01Z`)).toBeNull();
});
