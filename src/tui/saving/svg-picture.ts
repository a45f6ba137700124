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
};

function runsOf({columns, texts, styles}: Canvas, row: number): Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < columns; column += 1) {
    const index = row * columns + column;
    const style = styles[index];
    const text = texts[index] ?? ' ';
    const last = runs.at(-1);
    if (style === undefined) continue;
    if (last?.style === style) runs[runs.length - 1] = {...last, cells: last.cells + 1, text: last.text + text};
    else runs.push({row, column, cells: 1, text, style});
  }
  return runs;
}

function backgroundOf({row, column, cells, style}: Run, paper: Paper): string[] {
  const fill = style.isInverse === true ? (style.color ?? paper.text) : style.background;
  if (fill === null) return [];
  const [x, y] = [left(column), MARGIN + row * CELL_HEIGHT];
  return [`<rect x="${x}" y="${y}" width="${round(cells * CELL_WIDTH)}" height="${CELL_HEIGHT}" fill="${fill}"/>`];
}

/** Without the spaces around it; its length is given, because no two fonts are equally wide. */
function textOf({row, column, cells, text, style}: Run, paper: Paper): string[] {
  const shown = text.trim();
  if (shown === '') return [];
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
