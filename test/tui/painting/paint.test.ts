import fc from 'fast-check';
import {expect, test} from 'vitest';
import {textWidth} from '../../../src/shared/text-width.ts';
import {canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {asciiText, cleanText} from '../../../src/tui/painting/clean-text.ts';
import {innerSize, paintPanel} from '../../../src/tui/painting/paint-panel.ts';
import {type Pen, paintRow} from '../../../src/tui/painting/paint-row.ts';
import {themeOf} from '../../../src/tui/theme/theme.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import type {Span, Tone} from '../../../src/views/rows.ts';

const pens: readonly Pen[] = [
  {theme: themeOf('dark', 'cube'), glyphs: unicodeGlyphs},
  {theme: themeOf('dark', 'sixteen'), glyphs: unicodeGlyphs},
  {theme: themeOf('dark', 'none'), glyphs: asciiGlyphs},
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
      const plain = paintedRow(spans, columns, pen);
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
        const canvas = createCanvas({columns: columns + 2, rows: height + 2});
        const rect = {row: 1, column: 1, columns, rows: height};
        paintPanel(canvas, rect, {title, titleNote, tone: 'warning', rows}, isFocused, pen);
        const lines = canvasLines(canvas);
        expect(lines.map(textWidth)).toEqual(Array(height + 2).fill(columns + 2));
        expect([lines.at(0), lines.at(-1)]).toEqual([' '.repeat(columns + 2), ' '.repeat(columns + 2)]);
        for (const line of lines) expect([line.at(0), line.at(-1)]).toEqual([' ', ' ']);
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
  const pen = {theme: themeOf('dark', 'none'), glyphs: unicodeGlyphs};
  const canvas = createCanvas({columns: 12, rows: 3});
  const view = {title: '', titleNote: '', tone: 'normal', rows: [spans]} as const;
  paintPanel(canvas, {row: 0, column: 0, columns: 12, rows: 3}, view, false, pen);
  const [line = ''] = canvasLines(canvas).slice(1);
  expect(textWidth(line)).toBe(12);
  expect(line).toContain(texts.find((text) => text !== '' && text !== '🏽' && text !== '\u1161') ?? '│');
});

test('a row that is cut ends in an ellipsis, also if a span ends exactly at the edge', () => {
  const pen = {theme: themeOf('dark', 'none'), glyphs: unicodeGlyphs};
  const spans: Span[] = [
    {text: 'abcd', tone: 'normal'},
    {text: 'efgh', tone: 'normal'},
  ];
  expect(paintedRow(spans, 8, pen)).toBe('abcdefgh');
  expect(paintedRow(spans, 7, pen)).toBe('abcdef…');
  expect(paintedRow(spans, 4, pen)).toBe('abc…');
  expect(paintedRow(spans, 10, pen)).toBe('abcdefgh  ');
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

function paintedRow(spans: readonly Span[], columns: number, pen: Pen): string {
  const canvas = createCanvas({columns, rows: 1});
  paintRow(canvas, {row: 0, column: 0, columns}, spans, pen);
  return canvasLines(canvas).join('');
}

test('the title of a panel turns with its tone', () => {
  const pen = {theme: themeOf('dark', 'cube'), glyphs: unicodeGlyphs};
  const titleStyle = (tone: Tone, isFocused = false) => {
    const canvas = createCanvas({columns: 12, rows: 3});
    paintPanel(
      canvas,
      {row: 0, column: 0, columns: 12, rows: 3},
      {title: 'T', titleNote: '', tone, rows: []},
      isFocused,
      pen,
    );
    return canvas.styles[canvas.texts.indexOf('T')];
  };
  expect(titleStyle('normal')).toBe(pen.theme.title);
  expect(titleStyle('warning')).toBe(pen.theme.warning);
  expect(titleStyle('critical')).toBe(pen.theme.alarm);
  expect(titleStyle('critical', true)).toBe(pen.theme.alarm);
  expect(titleStyle('normal', true)).toBe(pen.theme.focusedBorder);
});

test('a focused panel with trouble shows both: the focus in its top line, the trouble around the rest', () => {
  const pen = {theme: themeOf('dark', 'cube'), glyphs: unicodeGlyphs};
  const canvas = createCanvas({columns: 12, rows: 3});
  const view = {title: 'T', titleNote: '', tone: 'critical', rows: []} as const;
  paintPanel(canvas, {row: 0, column: 0, columns: 12, rows: 3}, view, true, pen);
  const styleOf = (text: string) => canvas.styles[canvas.texts.indexOf(text)];
  expect(styleOf('╭')).toBe(pen.theme.focusedBorder);
  expect(styleOf('│')).toBe(pen.theme.critical);
  expect(styleOf('╰')).toBe(pen.theme.critical);
});

test.each(['\u0301', '\u20dd\u0301', '\u00ad', '\u00ad\u0301', '\ufe0f'])(
  'a row that begins with what uses no cell, as %j, leaves the cell before it as it is',
  (text) => {
    const pen = {theme: themeOf('dark', 'cube'), glyphs: unicodeGlyphs};
    const canvas = createCanvas({columns: 6, rows: 1});
    const marks: Span = {text, tone: 'normal'};
    paintRow(canvas, {row: 0, column: 2, columns: 4}, [marks, {text: `${text}ab`, tone: 'dim'}], pen);
    expect(canvasLines(canvas)).toEqual(['  ab  ']);
  },
);
