import type {PlotForm} from '../glyphs.ts';

/**
 * How the values of one cell become a character, as its UTF-16 code: a screen of plots has thousands of cells, and codes
 * cost no memory. A value covers levels `from` (inclusive) to `to` (exclusive) of the
 * cell, counted from its bottom; a form with one value per cell ignores the second one.
 */
export type CellForm = {
  /** Values next to each other in a cell. */
  readonly values: 1 | 2;
  readonly areaLevels: number;
  readonly lineLevels: number;
  /** A cell that is covered completely. */
  readonly full: number;
  readonly area: PaintCell;
  /** The lines of one plot, each unlike the others without color too; never empty. A fifth is as the first. */
  readonly lines: readonly [PaintCell, ...PaintCell[]];
};

export type PaintCell = (from: number, to: number, secondFrom: number, secondTo: number) => number;

/** The code of a cell without a value. */
export const EMPTY_CELL = 0x20;

/** How a line is drawn that so many lines of its plot come before. */
export function lineCell({lines}: CellForm, before: number): PaintCell {
  return lines[before % lines.length] ?? lines[0];
}

const FIRST_BRAILLE = 0x28_00;
const BRAILLE_LEVELS = 4;
/** Bits of the dots of a braille pattern from the bottom up, in its left and right column (Unicode, U+2800). */
const leftDots = [0x40, 0x04, 0x02, 0x01];
const rightDots = [0x80, 0x20, 0x10, 0x08];
const leftMasks = columnMasks(leftDots);
const rightMasks = columnMasks(rightDots);

/** The dots of each range of levels, at `from * 5 + to`. */
function columnMasks(dots: readonly number[]): Uint8Array {
  const masks = new Uint8Array((BRAILLE_LEVELS + 1) ** 2);
  for (let from = 0; from <= BRAILLE_LEVELS; from += 1)
    for (let to = from; to <= BRAILLE_LEVELS; to += 1)
      masks[from * (BRAILLE_LEVELS + 1) + to] = dots.slice(from, to).reduce((mask, dot) => mask | dot, 0);
  return masks;
}

function brailleCell(from: number, to: number, secondFrom: number, secondTo: number): number {
  const left = leftMasks[from * (BRAILLE_LEVELS + 1) + to] ?? 0;
  const right = rightMasks[secondFrom * (BRAILLE_LEVELS + 1) + secondTo] ?? 0;
  const dots = left | right;
  return dots === 0 ? EMPTY_CELL : FIRST_BRAILLE + dots;
}

/** Every other column of dots: the values of both are in it, so that none is left out. */
function dotted(paint: PaintCell): PaintCell {
  return (from, to, secondFrom, secondTo) => {
    if (secondTo <= secondFrom) return paint(from, to, 0, 0);
    if (to <= from) return paint(secondFrom, secondTo, 0, 0);
    return paint(Math.min(from, secondFrom), Math.max(to, secondTo), 0, 0);
  };
}

/** A dot higher, or at the top of the cell a dot lower. */
function thick(paint: PaintCell): PaintCell {
  const least = (from: number, to: number): number =>
    to > from && to === BRAILLE_LEVELS ? Math.max(0, from - 1) : from;
  const most = (from: number, to: number): number => (to > from ? Math.min(BRAILLE_LEVELS, to + 1) : to);
  return (from, to, secondFrom, secondTo) =>
    paint(least(from, to), most(from, to), least(secondFrom, secondTo), most(secondFrom, secondTo));
}

/** One character wherever the line is. */
function marked(character: string): PaintCell {
  const code = character.charCodeAt(0);
  return (from, to) => (to > from ? code : EMPTY_CELL);
}

/** Areas in rising steps; what hangs from the top, as negative values do, by halves. */
function steppedArea(characters: string, upperHalf: string): PaintCell {
  const steps = codesOf(characters);
  const full = steps.at(-1) ?? EMPTY_CELL;
  const upper = upperHalf.charCodeAt(0);
  return (from, to) => {
    if (to <= from) return EMPTY_CELL;
    if (from === 0) return steps[to - 1] ?? full;
    return to - from > steps.length / 2 ? full : upper;
  };
}

function halfCell(characters: string): PaintCell {
  const [lower = EMPTY_CELL, upper = EMPTY_CELL, both = EMPTY_CELL] = codesOf(characters);
  return (from, to) => {
    if (to <= from) return EMPTY_CELL;
    if (to - from > 1) return both;
    return from === 0 ? lower : upper;
  };
}

function codesOf(characters: string): number[] {
  return Array.from(characters, (character) => character.charCodeAt(0));
}

const blockSteps = '▁▂▃▄▅▆▇█';
const asciiSteps = '.:#';

/** The form of each glyph set. Lines need fewer levels than areas where there is no character for them. */
export const cellForms: Readonly<Record<PlotForm, CellForm>> = {
  braille: {
    values: 2,
    areaLevels: BRAILLE_LEVELS,
    lineLevels: BRAILLE_LEVELS,
    full: FIRST_BRAILLE + 255,
    area: brailleCell,
    lines: [brailleCell, dotted(brailleCell), thick(brailleCell), dotted(thick(brailleCell))],
  },
  blocks: {
    values: 1,
    areaLevels: blockSteps.length,
    lineLevels: 2,
    full: '█'.charCodeAt(0),
    area: steppedArea(blockSteps, '▀'),
    lines: [halfCell('▄▀█'), marked('▒'), marked('░'), marked('▓')],
  },
  ascii: {
    values: 1,
    areaLevels: asciiSteps.length,
    lineLevels: 2,
    full: '#'.charCodeAt(0),
    area: steppedArea(asciiSteps, "'"),
    lines: [halfCell(".':"), marked('o'), marked('x'), marked('*')],
  },
};
