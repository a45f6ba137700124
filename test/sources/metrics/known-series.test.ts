import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {MAX_SERIES_CHARACTERS} from '../../../src/sources/metrics/exposition-errors.ts';
import {ExpositionReader} from '../../../src/sources/metrics/exposition-reader.ts';
import {KnownSeries} from '../../../src/sources/metrics/known-series.ts';

function read(page: string, known: KnownSeries) {
  const reader = new ExpositionReader((name) => name !== 'other', known);
  const error = reader.push(page) ?? reader.end();
  return error ?? reader.result();
}

test('with only values changed, the series are those of the last page', () => {
  const known = new KnownSeries();
  const page = (value: number) => `# TYPE a counter\na{b="1 2",c="\\"}"} ${value} 17\nother 1\nd ${value}\n`;
  const first = read(page(1), known);
  const second = read(page(2), known);
  expect(second).toMatchObject({families: [{points: [{value: 2}]}, {points: [{value: 2}]}]});
  const labelsOf = (result: typeof first) => ('families' in result ? result.families[0]?.points[0]?.labels : null);
  expect(labelsOf(second)).toEqual({b: '1 2', c: '"}'});
  expect(labelsOf(second)).toBe(labelsOf(first));
});

/** Also what is not quite a series, and one that begins like another. */
const line = fc.oneof(
  fc
    .record({
      name: fc.constantFrom('a', 'ab', 'a_bucket', 'other', '# TYPE a histogram #', '1'),
      labels: fc.constantFrom('', '{}', '{b="1"}', '{b="1",c="\u00e9 \ud83d"}', '{b="1\\"}"}', '{b=1}', '{b="1"'),
      between: fc.constantFrom(' ', '', '  \t', '\u00a0'),
      rest: fc.constantFrom('1', '2', '-Inf', 'NaN', 'x', '', '1 # {a="b"} 2', '1x', `1 ${'x'.repeat(1_000)}`),
    })
    .map(({name, labels, between, rest}) => `${name}${labels}${between}${rest}`),
  fc.string(),
);
const page = fc.array(line, {maxLength: 12}).map((lines) => lines.join('\n'));

test('a page is read the same, whatever the pages before it were', () => {
  fc.assert(
    fc.property(fc.array(page, {maxLength: 3}), page, fc.boolean(), (earlier, last, isRepeated) => {
      const known = new KnownSeries();
      for (const before of isRepeated ? [...earlier, last] : earlier) read(before, known);
      expect(read(last, known)).toEqual(read(last, new KnownSeries()));
    }),
    {numRuns: 1_000},
  );
});

test('a known series with too long a line is the same error as an unknown one', () => {
  const known = new KnownSeries();
  read('a 1\n', known);
  expect(read(`a 1 ${'x'.repeat(MAX_SERIES_CHARACTERS)}\n`, known)).toMatchObject({
    code: 'source.metrics.too-large',
  });
});
