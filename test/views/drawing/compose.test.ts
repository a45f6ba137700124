import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {textWidth} from '../../../src/shared/text-width.ts';
import {
  cleanText,
  cutRow,
  factRow,
  factRows,
  fit as fitted,
  joinParts,
  padRow,
  padText,
  span,
  widthOf,
} from '../../../src/views/drawing/compose.ts';
import {wrapText} from '../../../src/views/drawing/wrap-text.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import type {Row} from '../../../src/views/rows.ts';
import {outsideText} from '../arbitraries.ts';
import {textOf} from '../draw.ts';

const glyphs = unicodeGlyphs;
const anyRow: fc.Arbitrary<Row> = fc.array(
  outsideText(false).map((text) => span(cleanText(text))),
  {maxLength: 5},
);

describe('a row that is cut', () => {
  test('never uses more cells than allowed, including wide and combining characters', () => {
    fc.assert(
      fc.property(anyRow, fc.nat(80), (row, columns) => {
        expect(widthOf(cutRow(row, columns, glyphs))).toBeLessThanOrEqual(columns);
      }),
    );
  });

  test('is unchanged if it fits', () => {
    fc.assert(
      fc.property(anyRow, (row) => {
        expect(cutRow(row, widthOf(row), glyphs)).toEqual(row);
      }),
    );
  });

  test('marks the cut with an ellipsis, whichever span was cut', () => {
    expect(textOf(cutRow([span('abc'), span('def')], 5, glyphs))).toBe('abcd…');
    expect(textOf(cutRow([span('abc'), span('def')], 3, glyphs))).toBe('ab…');
    expect(textOf(cutRow([span('漢字漢字')], 5, glyphs))).toBe('漢字…');
    expect(textOf(cutRow([span('abc'), span('def')], 5, asciiGlyphs))).toBe('abcd~');
  });
});

describe('padding', () => {
  test('counts cells, not characters', () => {
    expect(padText('漢', 4)).toBe('漢  ');
    expect(padText('1.2', 5, 'left')).toBe('  1.2');
    expect(padText('too long', 3)).toBe('too long');
    expect(widthOf(padRow([span('é')], 3))).toBe(3);
  });
});

describe('parts of a line', () => {
  const parts = [
    {row: [span('state')], importance: 9},
    {row: [span('name')], importance: 1},
    {row: [span('time')], importance: 5},
    {row: [], importance: 8},
  ];

  test('are dropped in order of importance, and keep their positions', () => {
    expect([40, 17, 11, 7, 3].map((columns) => textOf(joinParts(parts, columns, glyphs)))).toEqual([
      'state  name  time',
      'state  name  time',
      'state  time',
      'state',
      'st…',
    ]);
  });

  test('as facts are dropped from the end by default', () => {
    const facts = [
      {label: 'running', value: '46'},
      {label: 'waiting', value: '3'},
      {label: '', value: 'alarm', importance: 5},
    ];
    expect([60, 22, 8].map((columns) => textOf(factRow(facts, columns, glyphs)))).toEqual([
      'running 46 · waiting 3 · alarm',
      'running 46 · alarm',
      'alarm',
    ]);
  });
});

describe('fitting', () => {
  test('removes control characters and marks that reorder text from every row', () => {
    const rows = fitted([[span('a\u001b[31mb\tc\r\n\u202ed\u0085e')]], 40, 3, glyphs);
    expect(rows.map(textOf)).toEqual(['a [31mb c d e']);
  });

  test('of no rows or no columns gives nothing', () => {
    expect(fitted([[span('x')]], 10, 0, glyphs)).toEqual([]);
    expect(fitted([[span('x')]], 0, 1, glyphs).map(textOf)).toEqual(['']);
  });
});

describe('wrapping', () => {
  const wrap = (text: string, columns: number, maxRows: number): string[] =>
    wrapText(text, 'normal', columns, maxRows, glyphs).map(textOf);

  test('breaks at spaces', () => expect(wrap('one two  three', 7, 9)).toEqual(['one two', 'three']));

  test('breaks a word that is longer than a row, so that no path is lost', () => {
    expect(wrap('see /var/log/engine.log', 10, 9)).toEqual(['see', '/var/log/', 'engine.log']);
  });

  test('ends in an ellipsis directly after a word if there was more', () => {
    expect(wrap('one two three four', 9, 1)).toEqual(['one two…']);
    expect(wrap('one two three four', 7, 1)).toEqual(['one…']);
  });

  test('keeps every word and stays in its columns', () => {
    fc.assert(
      fc.property(outsideText(false), fc.integer({min: 8, max: 60}), (text, columns) => {
        const rows = wrap(text, columns, Number.POSITIVE_INFINITY);
        for (const row of rows) expect(textWidth(row)).toBeLessThanOrEqual(columns);
        const letters = (whole: string): string => whole.replace(/\s/gu, '');
        expect(letters(rows.join(''))).toBe(letters(cleanText(text)));
      }),
    );
  });
});

test('all facts are in the rows, in their order, and no row is wider than allowed', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,12}$/);
  const fact = fc.record({label: fc.oneof(fc.constant(''), word), value: word});
  fc.assert(
    fc.property(fc.array(fact, {maxLength: 12}), fc.integer({min: 30, max: 90}), (facts, columns) => {
      const rows = factRows(facts, columns, glyphs);
      for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(columns);
      expect(rows.map(textOf).join(' · ')).toBe(
        facts.map(({label, value}) => (label === '' ? value : `${label} ${value}`)).join(' · '),
      );
    }),
  );
});
