import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {textWidth} from '../../../src/shared/text-width.ts';
import {endedAtWord, shortenText} from '../../../src/views/drawing/shorten-text.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {outsideText} from '../arbitraries.ts';

describe('shortenText', () => {
  const text = 'GPU 3 (0000:5D:00.0) ran out of memory: 17.2 GiB were needed. Restart with less.';

  test.each([
    [100, text],
    [79, 'GPU 3 (0000:5D:00.0) ran out of memory: 17.2 GiB were needed.'],
    [60, 'GPU 3 ran out of memory: 17.2 GiB were needed.'],
    [40, 'GPU 3 ran out of memory: 17.2 GiB were…'],
    [34, 'GPU 3 ran out of memory: 17.2 GiB…'],
    // The number goes with its unit, and what it belonged to ends the text.
    [33, 'GPU 3 ran out of memory…'],
    [20, 'GPU 3 ran out…'],
    [6, 'GPU 3…'],
  ])('in %i cells', (columns, expected) => {
    expect(shortenText(text, columns, unicodeGlyphs)).toBe(expected);
  });

  test('ends in ASCII where the terminal has no ellipsis', () => {
    expect(shortenText(text, 20, asciiGlyphs)).toBe('GPU 3 ran out~');
  });

  test('cuts a word only where there is no other', () => {
    expect(shortenText('/models/moonshotai/Kimi-K2.7-Code', 12, unicodeGlyphs)).toBe('/models/moo…');
  });

  test('fits, whatever the text', () => {
    fc.assert(
      fc.property(outsideText(false), fc.integer({min: 2, max: 60}), (any, columns) => {
        expect(textWidth(shortenText(any, columns, unicodeGlyphs))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

test('endedAtWord keeps whole words before the ellipsis', () => {
  expect(endedAtWord('one two three', 9, '…')).toBe('one two…');
  expect(endedAtWord('one two three', 8, '…')).toBe('one two…');
  expect(endedAtWord('one two three', 7, '…')).toBe('one…');
});
