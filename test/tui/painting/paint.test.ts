import fc from 'fast-check';
import {expect, test} from 'vitest';
import {textWidth} from '../../../src/shared/text-width.ts';
import {asciiText, cleanText} from '../../../src/tui/painting/clean-text.ts';
import {innerSize, paintPanel} from '../../../src/tui/painting/paint-panel.ts';
import {type Pen, paintRow} from '../../../src/tui/painting/paint-row.ts';
import {themeFor} from '../../../src/tui/theme/theme.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import type {Span, Tone} from '../../../src/views/rows.ts';

const pens: readonly Pen[] = [
  {theme: themeFor('full'), glyphs: unicodeGlyphs},
  {theme: themeFor('sixteen'), glyphs: unicodeGlyphs},
  {theme: themeFor('none'), glyphs: asciiGlyphs},
];
const tones: readonly Tone[] = ['normal', 'dim', 'strong', 'title', 'accent', 'ok', 'warning', 'critical', 'simulated'];
const anyText = fc.oneof(
  fc.string({unit: 'binary'}),
  fc.string({unit: 'grapheme'}),
  fc.constantFrom('漢字漢字', '\u001b[31mred\u001b[0m', '\r\n\t', '\u202etfel', '\u{11f02}', '😀👩‍💻'),
);
const span: fc.Arbitrary<Span> = fc.record({text: anyText, tone: fc.constantFrom(...tones)});
const row = fc.array(span, {maxLength: 6});

test('a painted row has exactly the requested width, whatever is in it', () => {
  fc.assert(
    fc.property(row, fc.nat(60), fc.constantFrom(...pens), (spans, columns, pen) => {
      const plain = withoutStyles(paintRow(spans, columns, pen));
      expect(textWidth(plain)).toBe(columns);
      expect(plain).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      if (pen.glyphs.name === 'ascii') expect(plain).toMatch(/^[ -~]*$/);
    }),
    {numRuns: 500},
  );
});

test('a painted panel is exactly its rectangle, at every size', () => {
  fc.assert(
    fc.property(
      fc.array(row, {maxLength: 8}),
      anyText,
      anyText,
      fc.integer({min: 1, max: 60}),
      fc.integer({min: 1, max: 12}),
      fc.boolean(),
      fc.constantFrom(...pens),
      (rows, title, titleNote, columns, height, isFocused, pen) => {
        const lines = paintPanel({title, titleNote, tone: 'warning', rows}, {columns, rows: height}, isFocused, pen);
        expect(lines.map((line) => textWidth(withoutStyles(line)))).toEqual(Array(height).fill(columns));
      },
    ),
    {numRuns: 500},
  );
});

test.each([
  ['👍', '🏽'],
  ['🏽'],
  ['e', '\u0301x'],
  ['❤', '\ufe0f'],
  ['\u1100', '\u1161'],
  ['\u1161'],
  ['', '🏽', '🏽'],
  ['1', '\ufe0f\u20e3'],
])('what would join the text before it to one character does not change the width of a row: %j %j', (...texts) => {
  const spans = texts.map((text): Span => ({text, tone: 'normal'}));
  const pen = {theme: themeFor('none'), glyphs: unicodeGlyphs};
  const [line = ''] = paintPanel(
    {title: '', titleNote: '', tone: 'normal', rows: [spans]},
    {columns: 12, rows: 3},
    false,
    pen,
  ).slice(1);
  expect(textWidth(line)).toBe(12);
  expect(line).toContain(texts.find((text) => text !== '' && text !== '🏽' && text !== '\u1161') ?? '│');
});

test('every style that is opened is closed again', () => {
  for (const depth of ['full', 'sixteen', 'none'] as const) {
    for (const style of Object.values(themeFor(depth))) {
      expect(style.open === '').toBe(style.close === '');
      expect(closesOf(style.open)).toEqual(style.close);
    }
  }
});

test('a row that is cut ends in an ellipsis, also if a span ends exactly at the edge', () => {
  const pen = {theme: themeFor('none'), glyphs: unicodeGlyphs};
  const spans: Span[] = [
    {text: 'abcd', tone: 'normal'},
    {text: 'efgh', tone: 'normal'},
  ];
  expect(paintRow(spans, 8, pen)).toBe('abcdefgh');
  expect(paintRow(spans, 7, pen)).toBe('abcdef…');
  expect(paintRow(spans, 4, pen)).toBe('abc…');
  expect(paintRow(spans, 10, pen)).toBe('abcdefgh  ');
});

test('the inside of a panel is its area without border and padding', () => {
  expect(innerSize({columns: 80, rows: 10})).toEqual({columns: 76, rows: 8});
  expect(innerSize({columns: 20, rows: 10})).toEqual({columns: 18, rows: 8});
  expect(innerSize({columns: 20, rows: 2})).toEqual({columns: 20, rows: 2});
});

test('control characters, escapes and reordering marks become spaces', () => {
  expect(cleanText('a\u001b[2Jb\u0007\u009bc\u202ed\u2028e')).toBe('a [2Jb  c d e');
  expect(cleanText('plain text')).toBe('plain text');
  // An Arabic number sign and a Kawi repha are one cluster with what follows, whatever that is.
  expect(cleanText('\u0600 \u{11f02}a')).toBe('   a');
  expect(asciiText('é→漢😀x')).toBe('????x');
});

function withoutStyles(line: string): string {
  return line.replaceAll(/\u001b\[[\d;]*m/g, '');
}

/** The closing sequences that undo the opening ones, in the order they were opened. */
function closesOf(open: string): string {
  const close = (code: string): string => {
    if (code === '1' || code === '2') return '22';
    if (code === '7') return '27';
    return code.startsWith('4') ? '49' : '39';
  };
  return [...open.matchAll(/\u001b\[([\d;]*)m/g)].map((match) => `\u001b[${close(match[1] ?? '')}m`).join('');
}
