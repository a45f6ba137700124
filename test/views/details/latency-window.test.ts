import {expect, test} from 'vitest';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {latencyWindowView} from '../../../src/views/details/latency-window.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildConsoleData, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {textOf} from '../draw.ts';

const at = (minutesAgo: number, value: number | null) => ({atMs: TEST_NOW_MS - minutesAgo * MS_PER_MINUTE, value});
const history = {
  timeToFirstTokenP50Ms: [at(90, 9_000), at(40, 400), at(30, null), at(20, 600)],
  timeToFirstTokenP99Ms: [at(40, 1_000), at(20, 3_000)],
  firstTokenWithinRatio: [at(40, 1), at(20, 0.5)],
};
const drawn = (problem: string | null) =>
  latencyWindowView(
    {
      data: buildConsoleData({history}),
      nowMs: TEST_NOW_MS,
      glyphs: unicodeGlyphs,
      columns: 76,
      rows: 8,
      keyOf: null,
      options: {},
    },
    {lengthMs: MS_PER_HOUR, text: '1 h', problem, quantilesSinceMs: null},
  ).rows.map(textOf);

test('means of the minutes with requests within the window, the worst one, and the share within the target', () => {
  const [heading, first, second] = drawn(null);
  expect(heading).toMatch(/p50 +p95 +p99 +within target +highest p99$/);
  expect(first).toMatch(/^first token +500 ms +– +2\.00 s +75 % +3\.00 s$/);
  expect(second).toMatch(/^inter-token +– +– +– +– +–$/);
});

test('why there is nothing stands in its place', () => {
  expect(drawn('reading the history')).toEqual(['reading the history']);
});
