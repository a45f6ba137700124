import fc from 'fast-check';
import {expect, test} from 'vitest';
import {textWidth} from '../../../src/shared/text-width.ts';
import {isMatch, logLineRows} from '../../../src/views/logs/log-line-rows.ts';
import {outsideText} from '../arbitraries.ts';
import {textOf} from '../draw.ts';

const form = {columns: 10, isWrapped: false, left: 0, ellipsis: '…'};

test('a long line is cut with an ellipsis, moved sideways, or written on several rows', () => {
  const line = 'abcdefghijklmnopqrstuvwx';
  expect(logLineRows(line, '', form).map(textOf)).toEqual(['abcdefghi…']);
  expect(logLineRows(line, '', {...form, left: 15}).map(textOf)).toEqual(['pqrstuvwx']);
  expect(logLineRows(line, '', {...form, isWrapped: true}).map(textOf)).toEqual(['abcdefghij', 'klmnopqrst', 'uvwx']);
});

test('matches are marked whatever their case, also where a row ends inside of one', () => {
  const marked = (line: string, query: string, change = {}): string[] =>
    logLineRows(line, query, {...form, ...change}).map((row) =>
      row.map(({text, tone}) => (tone === 'match' ? `<${text}>` : text)).join(''),
    );
  expect(marked('GPU 3, gpu 4', 'gpu', {columns: 20})).toEqual(['<GPU> 3, <gpu> 4']);
  expect(marked('abcdefghijkl', 'IJK', {isWrapped: true})).toEqual(['abcdefgh<ij>', '<k>l']);
  expect(isMatch('nothing here', 'GPU')).toBe(false);
  expect(isMatch('nothing here', 'NOTHING')).toBe(true);
});

test('severity has its tone', () => {
  const toneOf = (line: string) => logLineRows(line, '', {...form, columns: 80})[0]?.[0]?.tone;
  expect(['ERROR 11-23 [x]', 'ValueError: no', 'WARNING slow', 'INFO ok'].map(toneOf)).toEqual([
    'critical',
    'critical',
    'warning',
    'normal',
  ]);
});

test('what is wider than a row is left out, and what follows it is not', () => {
  // A musical note of three parts, each in a cell.
  const rows = logLineRows('ab\u{1d158}\u{1d165}\u{1d16e}cd', '', {...form, columns: 2, isWrapped: true});
  expect(rows.map((row) => row.map(({text}) => text).join(''))).toEqual(['ab', 'cd']);
});

test('whatever a line has in it, its rows stay in their columns, and wrapped rows have all of it', () => {
  const choice = fc.record({columns: fc.integer({min: 2, max: 60}), isWrapped: fc.boolean(), left: fc.nat(40)});
  fc.assert(
    fc.property(outsideText(false), fc.string({maxLength: 3}), choice, (line, query, chosen) => {
      const rows = logLineRows(line, query, {...chosen, ellipsis: '…'});
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(textWidth(row.map(({text}) => text).join(''))).toBeLessThanOrEqual(chosen.columns);
    }),
  );
});
