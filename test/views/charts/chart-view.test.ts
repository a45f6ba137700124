import {expect, test} from 'vitest';
import {tableKeys} from '../../../src/tui/keys/keymap.ts';
import {chartView} from '../../../src/views/charts/chart-view.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildConsoleData, TEST_NOW_MS} from '../../support/build-snapshot.ts';

/** Points every so many seconds over the last quarter of an hour, all of one height. */
function flat(stepSeconds: number) {
  return Array.from({length: 900 / stepSeconds}, (_, index) => ({
    atMs: TEST_NOW_MS - (900 / stepSeconds - 1 - index) * stepSeconds * 1_000,
    value: 0.5,
  }));
}

function chart(stepSeconds: number): readonly string[] {
  const points = flat(stepSeconds);
  const data = buildConsoleData({gpuRanges: {utilizationRatio: {least: points, most: points}}});
  const space = {nowMs: TEST_NOW_MS, glyphs: unicodeGlyphs, columns: 190, rows: 12, keyOf: tableKeys.shown};
  const {rows} = chartView({data, ...space, options: {of: 'gpu-utilization'}});
  return rows.map((row) => row.map(({text}) => text).join(''));
}

test('what was kept of GPUs every ten seconds is one line, as what came every second', () => {
  const drawn = chart(10).find((row) => /[\u2801-\u28ff]{20}/.test(row.slice(12)));
  const line = drawn?.slice(12, 180) ?? '';
  expect(line).toHaveLength(168);
  expect(line).not.toContain(' ');
  expect(chart(1).map((row) => row.slice(12, 180))).toContain(line);
});
