import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {meter, sparkline, stackedBar} from '../../../src/views/drawing/bars.ts';
import {widthOf} from '../../../src/views/drawing/compose.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {textOf} from '../draw.ts';

const ascii = asciiGlyphs;
const part = (value: number, glyph: string) => ({value, glyph, tone: 'normal'}) as const;
const amount = fc.oneof(fc.constant(0), fc.double({min: -50, max: 200, noNaN: true}));

describe('a stacked bar', () => {
  test('shows each part in proportion, the rest empty, and the mark at the limit', () => {
    const parts = [part(72, '#'), part(51, '='), part(3, '+')];
    expect(textOf(stackedBar(parts, 140, 40, ascii, 126))).toBe('#####################==============+|...');
    expect(textOf(stackedBar(parts, 140, 40, ascii, 132))).toBe('#####################==============+..|.');
  });

  test('shows a part above zero even if it is less than a cell, and none that is zero', () => {
    expect(textOf(stackedBar([part(139, '#'), part(1, '+')], 140, 10, ascii))).toBe('#########+');
    expect(textOf(stackedBar([part(0.1, '#')], 140, 10, ascii))).toBe('#.........');
    expect(textOf(stackedBar([part(0, '#')], 140, 10, ascii))).toBe('..........');
  });

  test('draws a negative part as nothing and a total of zero as empty', () => {
    expect(textOf(stackedBar([part(5, '#'), part(-3, '='), part(2, '+')], 10, 10, ascii))).toBe('#####++...');
    expect(textOf(stackedBar([part(5, '#')], 0, 5, ascii, 0))).toBe('.....');
  });

  test('uses exactly its columns, whatever the numbers', () => {
    fc.assert(
      fc.property(fc.array(amount, {maxLength: 5}), amount, fc.nat(60), amount, (values, total, columns, mark) => {
        const bar = stackedBar(
          values.map((value) => part(value, '#')),
          total,
          columns,
          unicodeGlyphs,
          mark,
        );
        expect(widthOf(bar)).toBe(columns);
      }),
    );
  });
});

describe('a meter', () => {
  test('keeps between empty and full', () => {
    expect([-1, 0, 0.5, 1, 9].map((ratio) => textOf(meter(ratio, 4, 'ok', ascii)))).toEqual([
      '....',
      '....',
      '##..',
      '####',
      '####',
    ]);
  });
});

describe('a sparkline', () => {
  test('shows zero as the lowest step and absent values as a blank', () => {
    expect(sparkline([0, null, 7], 3, unicodeGlyphs)).toBe('▁ █');
    expect(sparkline([0, 0], 2, unicodeGlyphs)).toBe('▁▁');
  });

  test('is aligned right, newest last', () => expect(sparkline([1, 2], 4, unicodeGlyphs)).toBe('  ▅█'));

  test('is scaled by the given maximum', () => {
    expect(sparkline([0.5, 1, 2], 3, unicodeGlyphs, 1)).toBe('▅██');
  });

  test('uses exactly its columns', () => {
    const value = fc.option(fc.double({min: -5, max: 1e9, noNaN: true}));
    fc.assert(
      fc.property(fc.array(value, {maxLength: 40}), fc.nat(30), (values, columns) => {
        expect(sparkline(values, columns, unicodeGlyphs)).toHaveLength(columns);
      }),
    );
  });
});
