import type {Canvas} from '../canvas/canvas.ts';
import type {Paper} from '../theme/paper.ts';
import type {Style} from '../theme/theme.ts';

/** Pixels of a cell: the advance of the common monospaced fonts is 0.6 of their size. */
const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 17;
const FONT_SIZE = 14;
/** From the top of a cell to the line that letters stand on. */
const BASELINE = 13;
const MARGIN = 10;
const FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";

/**
 * A screen as an SVG document: every cell where it is on the terminal, with its colors, whatever font draws it. `title` is what a
 * screen reader says.
 */
export function svgPicture(canvas: Canvas, {title, paper}: {readonly title: string; readonly paper: Paper}): string {
  const width = round(canvas.columns * CELL_WIDTH + 2 * MARGIN);
  const height = canvas.rows * CELL_HEIGHT + 2 * MARGIN;
  const runs = Array.from({length: canvas.rows}, (_, row) => runsOf(canvas, row)).flat();
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="6" fill="${paper.background}"/>`,
    `<g font-family="${FONTS}" font-size="${FONT_SIZE}" fill="${paper.text}" style="white-space:pre" xml:space="preserve">`,
    ...runs.flatMap((run) => [...backgroundOf(run, paper), ...textOf(run, paper)]),
    '</g>',
    `<g fill="none" stroke-width="${DOT_SIZE}" stroke-linecap="square">`,
    ...dotPaths(runs, paper),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Neighboring cells of one style. */
type Run = {
  readonly row: number;
  readonly column: number;
  readonly cells: number;
  readonly text: string;
  readonly style: Style;
  readonly isBraille: boolean;
};

function runsOf({columns, texts, styles}: Canvas, row: number): Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < columns; column += 1) {
    const index = row * columns + column;
    const style = styles[index];
    const text = texts[index] ?? ' ';
    const last = runs.at(-1);
    if (style === undefined) continue;
    if (last?.style === style && last.isBraille === isBraille(text))
      runs[runs.length - 1] = {...last, cells: last.cells + 1, text: last.text + text};
    else runs.push({row, column, cells: 1, text, style, isBraille: isBraille(text)});
  }
  return runs;
}

function backgroundOf({row, column, cells, style}: Run, paper: Paper): string[] {
  const fill = style.isInverse === true ? (style.color ?? paper.text) : style.background;
  if (fill === null) return [];
  const [x, y] = [left(column), MARGIN + row * CELL_HEIGHT];
  return [`<rect x="${x}" y="${y}" width="${round(cells * CELL_WIDTH)}" height="${CELL_HEIGHT}" fill="${fill}"/>`];
}

const BRAILLE_START = 0x2800;
const BRAILLE_END = 0x28ff;
const DOT_SIZE = 2;
/** Column and row of each dot, in the order of the bits of its character (Unicode, Braille Patterns). */
const DOTS = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [1, 2],
  [0, 3],
  [1, 3],
] as const;

function isBraille(text: string): boolean {
  const code = text.codePointAt(0) ?? 0;
  return code >= BRAILLE_START && code <= BRAILLE_END;
}

/**
 * Plots as dots, one path for each color: many fonts take them from another one, which is wider. A dot is the square end of a line
 * without length, and its place is that after the dot before it: a plot has thousands.
 */
function dotPaths(runs: readonly Run[], paper: Paper): string[] {
  const colors = new Map<string, Dot[]>();
  for (const run of runs) {
    if (!run.isBraille) continue;
    const color = run.style.color ?? paper.text;
    const dots = colors.get(color) ?? [];
    colors.set(color, dots);
    dots.push(...dotsOf(run));
  }
  return [...colors].flatMap(([color, dots]) =>
    dots.length === 0 ? [] : [`<path stroke="${color}" d="${pathOf(dots)}"/>`],
  );
}

/** The middle of a dot. */
type Dot = {readonly x: number; readonly y: number};

function dotsOf({row, column, text}: Run): Dot[] {
  return [...text].flatMap((character, cell) => {
    const bits = (character.codePointAt(0) ?? BRAILLE_START) - BRAILLE_START;
    return DOTS.filter((_, bit) => (bits & (1 << bit)) !== 0).map(([right, down]) => ({
      x: round(left(column + cell) + (0.25 + right / 2) * CELL_WIDTH),
      y: round(MARGIN + (row + 0.125 + down / 4) * CELL_HEIGHT),
    }));
  });
}

function pathOf(dots: readonly Dot[]): string {
  let before: Dot = {x: 0, y: 0};
  return dots
    .map((dot) => {
      const move = `m${round(dot.x - before.x)} ${round(dot.y - before.y)}h0`;
      before = dot;
      return move;
    })
    .join('');
}

/** Without the spaces around it; its length is given, because no two fonts are equally wide. */
function textOf({row, column, cells, text, style, isBraille: isPlot}: Run, paper: Paper): string[] {
  const shown = text.trim();
  if (shown === '' || isPlot) return [];
  const before = text.length - text.trimStart().length;
  const after = text.length - text.trimEnd().length;
  const length = round((cells - before - after) * CELL_WIDTH);
  const place = `x="${left(column + before)}" y="${MARGIN + row * CELL_HEIGHT + BASELINE}"`;
  const look = [
    ...(style.isInverse === true ? [` fill="${style.background ?? paper.background}"`] : []),
    ...(style.isInverse !== true && style.color !== null ? [` fill="${style.color}"`] : []),
    ...(style.isBold === true ? [' font-weight="bold"'] : []),
    ...(style.isDim === true ? [' opacity="0.65"'] : []),
  ].join('');
  return [`<text ${place} textLength="${length}" lengthAdjust="spacingAndGlyphs"${look}>${escaped(shown)}</text>`];
}

function left(column: number): number {
  return round(MARGIN + column * CELL_WIDTH);
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

const escapes: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character] ?? '');
}
