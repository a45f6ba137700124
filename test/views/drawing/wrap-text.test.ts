import fc from 'fast-check';
import {expect, test} from 'vitest';
import {textWidth} from '../../../src/shared/text-width.ts';
import {wrapText} from '../../../src/views/drawing/wrap-text.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';

const lines = (text: string, columns: number, maxRows = 20): string[] =>
  wrapText(text, 'normal', columns, maxRows, unicodeGlyphs).map((row) => row.map((part) => part.text).join(''));

test('a path that is longer than a row is broken after a slash', () => {
  expect(lines('Edit /root/.config/gantry-of-this-node/gantry.yaml now', 24)).toEqual([
    'Edit',
    '/root/.config/gantry-of-',
    'this-node/gantry.yaml',
    'now',
  ]);
  expect(lines('/a/very-long-directory/x', 22)).toEqual(['/a/very-long-', 'directory/x']);
});

test('a word without a place to break, or with one only at its beginning, is broken where the row ends', () => {
  expect(lines('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
  expect(lines('/abcdefghij', 8)).toEqual(['/abcdefg', 'hij']);
});

test('no character is lost, and no row is too wide', () => {
  const word = fc.string({unit: fc.constantFrom('a', 'b', '/', '-', '=', ',', '字'), minLength: 1, maxLength: 40});
  fc.assert(
    fc.property(fc.array(word, {minLength: 1, maxLength: 6}), fc.integer({min: 2, max: 30}), (words, columns) => {
      const wrapped = lines(words.join(' '), columns, 1_000);
      expect(wrapped.join('').replaceAll(' ', '')).toBe(words.join(''));
      for (const line of wrapped) expect(textWidth(line)).toBeLessThanOrEqual(columns);
    }),
  );
});
