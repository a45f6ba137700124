import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {History} from '../../src/api/history.ts';
import {
  chosenSeries,
  parseSeriesChoice,
  type SeriesChoice,
  seriesChoices,
  seriesText,
} from '../../src/api/series-choice.ts';

describe('a series', () => {
  test.each<[string, SeriesChoice]>([
    ['kvUsageRatio', {of: 'node', name: 'kvUsageRatio'}],
    ['gpu.powerDrawWatts', {of: 'gpu', name: 'powerDrawWatts', index: null}],
    ['gpu3.temperatureCelsius', {of: 'gpu', name: 'temperatureCelsius', index: 3}],
  ])('is named %s', (text, choice) => {
    expect(parseSeriesChoice(text)).toEqual({ok: true, value: choice});
    expect(seriesText(choice)).toBe(text);
  });

  test('of every kind is read as it is written, for all GPUs', () => {
    const indexed = fc
      .tuple(fc.constantFrom(...seriesChoices), fc.option(fc.integer({min: 0, max: 999})))
      .map(([choice, index]): SeriesChoice => (choice.of === 'gpu' ? {...choice, index} : choice));
    fc.assert(
      fc.property(indexed, (choice) => {
        expect(parseSeriesChoice(seriesText(choice))).toEqual({ok: true, value: choice});
      }),
    );
  });

  test.each([
    ['kvusageratio', 'did you mean kvUsageRatio?'],
    ['gpu.powerDrawWats', 'did you mean gpu.powerDrawWatts?'],
    ['powerDrawWatts', 'did you mean gpu.powerDrawWatts?'],
    ['gpu-1.powerDrawWatts', 'is not a kept series'],
    ['gpu1234.powerDrawWatts', 'is not a kept series'],
    ['', 'is not a kept series'],
  ])('%j is refused with the nearest name', (text, reason) => {
    const choice = parseSeriesChoice(text);
    expect(choice.ok ? '' : choice.error).toContain(reason);
  });
});

test('chosen series are in the order of the choice, those of every GPU by its index; an unknown GPU has none', () => {
  const point = (value: number) => [{atMs: 0, value}];
  const history: History = {
    series: {kvUsageRatio: point(0.5)},
    gpus: [
      {index: 0, series: {powerDrawWatts: point(300)}},
      {index: 2, series: {powerDrawWatts: point(320)}},
    ],
  };
  const choices: readonly SeriesChoice[] = [
    {of: 'gpu', name: 'powerDrawWatts', index: 2},
    {of: 'node', name: 'kvUsageRatio'},
    {of: 'gpu', name: 'powerDrawWatts', index: null},
    {of: 'gpu', name: 'powerDrawWatts', index: 7},
  ];
  expect(
    chosenSeries(history, choices).map(({name, unit, gpu, points}) => [name, unit, gpu, points[0]?.value]),
  ).toEqual([
    ['gpu2.powerDrawWatts', 'watts', 2, 320],
    ['kvUsageRatio', 'ratio', null, 0.5],
    ['gpu0.powerDrawWatts', 'watts', 0, 300],
    ['gpu2.powerDrawWatts', 'watts', 2, 320],
  ]);
  expect(
    chosenSeries({series: {}}, choices).map(({points}) => points),
    'of an older supervisor',
  ).toEqual([[]]);
});
