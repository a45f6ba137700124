import {expect, test} from 'vitest';
import {NO_REQUESTS, NOT_SERVING, UNREAD} from '../../../src/domain/traffic/unmeasured.ts';
import {absent} from '../../../src/samples/reading.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {tableKeys} from '../../../src/tui/keys/keymap.ts';
import {chartView} from '../../../src/views/charts/chart-view.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import type {ChosenWindow} from '../../../src/views/view-input.ts';
import {buildConsoleData, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {textOf} from '../draw.ts';

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

const space = {nowMs: TEST_NOW_MS, glyphs: unicodeGlyphs, columns: 90, rows: 12, keyOf: tableKeys.shown};
const day = {lengthMs: 24 * MS_PER_HOUR, text: '24 h', problem: null, quantilesSinceMs: null};

function reasonOf(absentBy: string, window: ChosenWindow | null, of = 'first-token'): string {
  const snapshot = buildSnapshot({latency: {timeToFirstToken: {p50Ms: absent(absentBy)}}});
  const data = {...buildConsoleData({snapshot}), history: {}};
  return textOf(chartView({data, ...space, options: {of}, ...(window === null ? {} : {window})}).rows[0] ?? []);
}

test('a plot without points says why, of the time that it is over', () => {
  for (const reason of [NOT_SERVING, NO_REQUESTS, UNREAD])
    expect(reasonOf(reason, day)).toBe('nothing measured in the last 24 h');
  const unmeasured = 'this server does not expose vllm:time_to_first_token_seconds';
  expect(reasonOf(unmeasured, day)).toBe(unmeasured);
  expect(reasonOf(NOT_SERVING, null)).toBe(NOT_SERVING);
  expect(reasonOf(NOT_SERVING, null, 'tokens')).toBe('nothing measured in the last 15 min');
  expect(reasonOf(NOT_SERVING, {...day, problem: 'reading the history'})).toBe('reading the history');
});

test('points from before the time of the plot are none', () => {
  const old = [{atMs: TEST_NOW_MS - 10 * 60_000, value: 100}];
  const data = buildConsoleData({history: {generationTokensPerSecond: old}});
  const window = {...day, lengthMs: 5 * 60_000, text: '5 min'};
  const {rows} = chartView({data, ...space, options: {of: 'tokens'}, window});
  expect(textOf(rows[0] ?? [])).toBe('nothing measured in the last 5 min');
});

test('what was kept of GPUs every ten seconds is one line, as what came every second', () => {
  const drawn = chart(10).find((row) => /[\u2801-\u28ff]{20}/.test(row.slice(12)));
  const line = drawn?.slice(12, 180) ?? '';
  expect(line).toHaveLength(168);
  expect(line).not.toContain(' ');
  expect(chart(1).map((row) => row.slice(12, 180))).toContain(line);
});
