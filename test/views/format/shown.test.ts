import {expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {countText} from '../../../src/shared/quantities/counts.ts';
import {shown, timesText} from '../../../src/views/format/shown.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';

test('zero is shown as zero and absent values as a dash', () => {
  expect(shown(0, unicodeGlyphs, countText)).toBe('0');
  expect(shown(absent('not read'), unicodeGlyphs, countText)).toBe('–');
  expect(shown(absent('not read'), asciiGlyphs, countText)).toBe('-');
});

test('how many times something fits has two digits', () => expect(timesText(2.972, asciiGlyphs)).toBe('2.97x'));
