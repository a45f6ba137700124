import {expect, test} from 'vitest';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {largeText} from '../../../src/views/wall/large-text.ts';
import {textOf} from '../draw.ts';

test('digits are five rows of dots, and twice as large where there is room', () => {
  const small = largeText('1.7', 'strong', {columns: 40, rows: 9}, asciiGlyphs);
  expect(small?.map(textOf)).toEqual([
    '  ##        ######',
    '####            ##',
    '  ##            ##',
    '  ##            ##',
    '######  ##      ##',
  ]);
  const large = largeText('1.7', 'strong', {columns: 40, rows: 10}, asciiGlyphs);
  expect(large?.map(textOf).slice(0, 2)).toEqual([
    '    ####                ############',
    '    ####                ############',
  ]);
  expect(large).toHaveLength(10);
});

test('without room, or with an unknown character, there are none', () => {
  expect(largeText('100', 'strong', {columns: 21, rows: 9}, unicodeGlyphs)).toBeNull();
  expect(largeText('100', 'strong', {columns: 40, rows: 4}, unicodeGlyphs)).toBeNull();
  expect(largeText('a', 'strong', {columns: 40, rows: 9}, unicodeGlyphs)).toBeNull();
});

test.each(['SERVING', 'STARTING', 'DEGRADED', 'FAILED', 'STOPPED', 'LOST', '2.40', '$26.51', '-1,900', '<5', '>60'])(
  '%s can be written',
  (text) => {
    expect(largeText(text, 'strong', {columns: 100, rows: 5}, unicodeGlyphs)).toHaveLength(5);
  },
);
