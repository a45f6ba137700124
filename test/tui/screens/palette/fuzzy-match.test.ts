import fc from 'fast-check';
import {expect, test} from 'vitest';
import {fuzzyMatch} from '../../../../src/tui/screens/palette/fuzzy-match.ts';

const names = [
  'console.redraw',
  'engine.restart',
  'gpu.powerDrawWatts',
  'generationTokensPerSecond',
  'screen.gpus',
  'engine.maxRunningRequests',
  'engine.contextLengthTokens',
];

function best(query: string): string | undefined {
  return names
    .flatMap((name) => {
      const match = fuzzyMatch(query, name);
      return match === null ? [] : [{name, score: match.score}];
    })
    .toSorted((a, b) => b.score - a.score)[0]?.name;
}

test.each([
  ['restart', 'engine.restart'],
  ['er', 'engine.restart'],
  ['RED', 'console.redraw'],
  ['gpw', 'gpu.powerDrawWatts'],
  ['watts gpu', 'gpu.powerDrawWatts'],
  ['gpus', 'screen.gpus'],
  ['tps', 'generationTokensPerSecond'],
  ['emrr', 'engine.maxRunningRequests'],
  ['contxt', 'engine.contextLengthTokens'],
  ['zz', undefined],
  ['restart zz', undefined],
])('%j finds %s first', (query, expected) => {
  expect(best(query)).toBe(expected);
});

test('the matched characters are those that were typed, in their order', () => {
  expect(fuzzyMatch('eng rest', 'engine.restart')?.places).toEqual([0, 1, 2, 7, 8, 9, 10]);
  expect(fuzzyMatch('', 'engine.restart')).toEqual({score: 0, places: []});
});

test('a name is found by any of its characters in order, and every place is one of a typed character', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z.]{1,40}$/), fc.array(fc.boolean(), {minLength: 40}), (name, isTaken) => {
      const query = [...name].filter((_, place) => isTaken[place]).join('');
      const match = fuzzyMatch(query, name);
      expect(match?.places).toHaveLength(query.length);
      expect(
        match?.places
          .map((place) => name.charAt(place))
          .join('')
          .toLowerCase(),
      ).toBe(query.toLowerCase());
    }),
  );
});
