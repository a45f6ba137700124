import {expect, test} from 'vitest';
import {parseMoment} from '../../../../src/tui/screens/logs/parse-moment.ts';

const nowMs = new Date(2026, 10, 23, 12, 0, 0).getTime();

test.each([
  ['03:12', new Date(2026, 10, 23, 3, 12)],
  ['3:12:30', new Date(2026, 10, 23, 3, 12, 30)],
  ['23:59', new Date(2026, 10, 22, 23, 59)],
  ['-10m', new Date(nowMs - 600_000)],
  ['-2h', new Date(nowMs - 7_200_000)],
  ['-1d', new Date(nowMs - 86_400_000)],
  ['-1w', new Date(nowMs - 604_800_000)],
  ['2026-11-20T03:12', new Date(2026, 10, 20, 3, 12)],
  ['2026-11-20 03:12:07', new Date(2026, 10, 20, 3, 12, 7)],
  ['2026-11-20T03:12:07Z', new Date(Date.UTC(2026, 10, 20, 3, 12, 7))],
  ['2026-11-20T03:12:07+02:00', new Date(Date.UTC(2026, 10, 20, 1, 12, 7))],
])('%s is a moment', (text, expected) => {
  expect(parseMoment(text, nowMs)).toEqual({ok: true, value: expected.getTime()});
});

test.each(['', 'noon', '25:00', '12:61', '-10', '10m', '2026-11-20', '2026-13-45T99:99'])('%s is none', (text) => {
  expect(parseMoment(text, nowMs)).toEqual({ok: false, error: 'a time is written as 03:12, -10m or 2026-11-23T03:12'});
});
