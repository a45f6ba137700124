import {span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';

/** Rows of the smallest letters; the width of each is its own. */
export const LARGE_TEXT_ROWS = 5;
/** A dot of a character is twice as wide as high: cells are twice as high as wide. */
const DOT_COLUMNS = 2;

/** The dots of a character, row by row. */
const characters: Readonly<Record<string, string>> = {
  '0': '### #.# #.# #.# ###',
  '1': '.#. ##. .#. .#. ###',
  '2': '### ..# ### #.. ###',
  '3': '### ..# ### ..# ###',
  '4': '#.# #.# ### ..# ..#',
  '5': '### #.. ### ..# ###',
  '6': '### #.. ### #.# ###',
  '7': '### ..# ..# ..# ..#',
  '8': '### #.# ### #.# ###',
  '9': '### #.# ### ..# ###',
  A: '.#. #.# ### #.# #.#',
  D: '##. #.# #.# #.# ##.',
  E: '### #.. ##. #.. ###',
  F: '### #.. ##. #.. #..',
  G: '### #.. #.# #.# ###',
  I: '# # # # #',
  L: '#.. #.. #.. #.. ###',
  N: '#..# ##.# #.## #..# #..#',
  O: '### #.# #.# #.# ###',
  P: '### #.# ### #.. #..',
  R: '##. #.# ##. #.# #.#',
  S: '### #.. ### ..# ###',
  T: '### .#. .#. .#. .#.',
  V: '#.# #.# #.# #.# .#.',
  '.': '. . . . #',
  ',': '.. .. .. .# #.',
  '+': '... .#. ### .#. ...',
  '-': '... ... ### ... ...',
  '<': '..# .#. #.. .#. ..#',
  '>': '#.. .#. ..# .#. #..',
  $: '### ##. ### .## ###',
};

/** A text in letters of `5 * scale` rows, in the largest scale that fits; null where none does, or a character is unknown. */
export function largeText(
  text: string,
  tone: Tone,
  {columns, rows}: {readonly columns: number; readonly rows: number},
  glyphs: GlyphSet,
): readonly Row[] | null {
  const shapes: (readonly string[])[] = [];
  for (const character of text) {
    const shape = characters[character];
    if (shape === undefined) return null;
    shapes.push(shape.split(' '));
  }
  const dots = Array.from({length: LARGE_TEXT_ROWS}, (_, row) => shapes.map((shape) => shape[row] ?? '').join('.'));
  const width = dots[0]?.length ?? 0;
  const scale = Math.min(Math.floor(rows / LARGE_TEXT_ROWS), Math.floor(columns / Math.max(1, width * DOT_COLUMNS)));
  if (scale < 1 || width === 0) return null;
  return dots.flatMap((line) => {
    const drawn = [...line].map((dot) => (dot === '#' ? glyphs.barFull : ' ').repeat(DOT_COLUMNS * scale)).join('');
    return Array.from({length: scale}, (): Row => [span(drawn, tone)]);
  });
}
