import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {NamedSeries} from '../../../src/api/series-choice.ts';
import {textWidth} from '../../../src/shared/text-width.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import type {Row} from '../../../src/views/rows.ts';
import {seriesCsv} from '../../../src/views/series/series-csv.ts';
import {seriesPlot} from '../../../src/views/series/series-plot.ts';
import {figuresOf, seriesTable} from '../../../src/views/series/series-summary.ts';
import {buildEvent} from '../../support/build-event.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

function seriesOf(name: string, unit: NamedSeries['unit'], values: readonly (number | null)[]): NamedSeries {
  const firstMs = NOW_MS - (values.length - 1) * 10_000;
  return {name, unit, gpu: null, points: values.map((value, index) => ({atMs: firstMs + index * 10_000, value}))};
}

function picture(rows: readonly Row[]): string {
  return `\n${rows
    .map((row) =>
      row
        .map(({text}) => text)
        .join('')
        .trimEnd(),
    )
    .join('\n')}\n`;
}

test('figures are those of the known values; without one there are none', () => {
  expect(figuresOf(seriesOf('a', 'count', [1, null, 5]).points)).toEqual({last: 5, least: 1, mean: 3, most: 5});
  expect(figuresOf(seriesOf('a', 'count', [4, null]).points)).toEqual({last: null, least: 4, mean: 4, most: 4});
  expect(figuresOf(seriesOf('a', 'count', [null]).points)).toBeNull();
});

test('a table has the figures of each series in its unit, and dashes where nothing is known', () => {
  const rows = seriesTable(
    [
      seriesOf('kvUsageRatio', 'ratio', [0.25, 0.75]),
      seriesOf('gpu0.powerDrawWatts', 'watts', [388.1, null]),
      seriesOf('gpu12.memoryUsedBytes', 'bytes', [135_000_000_000]),
      seriesOf('apiUsdPerHour', 'usdPerHour', []),
    ],
    asciiGlyphs,
  );
  expect(picture(rows)).toMatchInlineSnapshot(`
    "
    series                      last        min       mean        max
    kvUsageRatio                75 %       25 %       50 %       75 %
    gpu0.powerDrawWatts            -      388 W      388 W      388 W
    gpu12.memoryUsedBytes  125.7 GiB  125.7 GiB  125.7 GiB  125.7 GiB
    apiUsdPerHour                  -          -          -          -
    "
  `);
});

test('a plot has a legend, a scale, times, and the starts and failures of the engine', () => {
  const series = seriesOf(
    'kvUsageRatio',
    'ratio',
    Array.from({length: 60}, (_, index) => index / 60),
  );
  const rows = seriesPlot([series], [buildEvent({atMs: NOW_MS - 300_000, code: 'engine.spawned'})], {
    windowMs: 600_000,
    endMs: NOW_MS,
    nowMs: NOW_MS,
    cursorMs: null,
    columns: 60,
    rows: 9,
    glyphs: asciiGlyphs,
  });
  expect(picture(rows)).toMatchInlineSnapshot(`
    "
    # kvUsageRatio 98 %  max 98 %  min 0 %  S start
    100 %+                          S                     ...::#
         |                          |             ...::#########
         |                          |     ...::#################
     50 %+                        ..:::#########################
         |                ..:::#####|###########################
         |        ..:::#############|###########################
         |..:::#####################|###########################
        0++ -10m --------------------+ -5m ---------------------
    "
  `);
});

test('a plot of any series has exactly the rows and columns it was given', () => {
  const values = fc.array(fc.option(fc.double({noNaN: true, min: -1e15, max: 1e15})), {maxLength: 50});
  fc.assert(
    fc.property(values, fc.integer({min: 40, max: 200}), fc.integer({min: 5, max: 30}), (points, columns, rows) => {
      const space = {
        windowMs: 3_600_000,
        endMs: NOW_MS,
        nowMs: NOW_MS,
        cursorMs: null,
        columns,
        rows,
        glyphs: asciiGlyphs,
      };
      const drawn = seriesPlot([seriesOf('gpu0.memoryUsedBytes', 'bytes', points)], [], space);
      expect(drawn).toHaveLength(rows);
      for (const row of drawn) expect(textWidth(row.map(({text}) => text).join(''))).toBeLessThanOrEqual(columns);
    }),
  );
});

describe('comma-separated values', () => {
  test('have a row for each time of any series, and an empty cell where one is unknown', () => {
    const fine = seriesOf('kvUsageRatio', 'ratio', [0.1, null, 0.3]);
    const coarse = {...seriesOf('gpu0.powerDrawWatts', 'watts', [388.25]), gpu: 0};
    expect(seriesCsv([fine, coarse])).toBe(
      [
        'time,kvUsageRatio,gpu0.powerDrawWatts',
        '2026-11-23T11:59:40Z,0.1,',
        '2026-11-23T11:59:50Z,,',
        '2026-11-23T12:00:00Z,0.3,388.25',
      ].join('\n'),
    );
  });

  test('without points are the header alone', () => {
    expect(seriesCsv([seriesOf('kvUsageRatio', 'ratio', [])])).toBe('time,kvUsageRatio');
  });
});
