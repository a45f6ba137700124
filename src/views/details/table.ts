import {cutText, textWidth} from '../../shared/text-width.ts';
import {padText, span} from '../drawing/compose.ts';
import type {Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** A cell of a table: numbers end at their column, the first column is text. */
export type TableCell = {readonly text: string; readonly tone?: Tone};

const GAP = 3;
/** Where that leaves out a column, or cuts a name. */
const LEAST_GAP = 2;
/** A longer name is cut, so that its numbers are seen. */
const NAME_SHARE = 0.4;
const LEAST_NAME_COLUMNS = 16;

/**
 * Rows in columns as wide as their widest text, and as many columns as fit. The first row is the heading. A name that is cut has all
 * that the numbers leave.
 */
export function tableRows(
  cells: readonly (readonly TableCell[])[],
  {columns, glyphs}: Pick<ViewInput, 'columns' | 'glyphs'>,
): readonly Row[] {
  const {nameColumns, gap, numbers} = columnsOf(cells, columns);
  return cells.map(([name, ...others], line) => [
    span(padText(cutText(name?.text ?? '', nameColumns, glyphs.ellipsis), nameColumns, 'right'), name?.tone ?? 'dim'),
    ...numbers.flatMap((width, column) => {
      const cell = others[column];
      if (cell === undefined) return [];
      const text = `${' '.repeat(gap)}${padText(cell.text, width, 'left')}`;
      return [span(text, cell.tone ?? (line === 0 ? 'dim' : 'strong'))];
    }),
  ]);
}

type TableColumns = {readonly nameColumns: number; readonly gap: number; readonly numbers: readonly number[]};

function columnsOf(cells: readonly (readonly TableCell[])[], columns: number): TableColumns {
  const count = Math.max(0, ...cells.map((row) => row.length));
  const [nameWidth = 0, ...widths] = Array.from({length: count}, (_, column) =>
    Math.max(0, ...cells.map((row) => textWidth(row[column]?.text ?? ''))),
  );
  const least = Math.min(nameWidth, Math.max(LEAST_NAME_COLUMNS, Math.floor(columns * NAME_SHARE)));
  const [wide, narrow] = [fitting(widths, columns - least, GAP), fitting(widths, columns - least, LEAST_GAP)];
  const used = (numbers: readonly number[], gap: number): number =>
    least + numbers.reduce((sum, width) => sum + gap + width, 0);
  const isNarrow = narrow.length > wide.length || columns < used(wide, GAP) + nameWidth - least;
  const [numbers, gap] = isNarrow ? [narrow, LEAST_GAP] : [wide, GAP];
  const spare = Math.max(0, columns - used(numbers, gap));
  return {nameColumns: Math.min(nameWidth, least + spare), gap, numbers};
}

/** As many of the columns as fit, from the first on. */
function fitting(widths: readonly number[], columns: number, gap: number): readonly number[] {
  let used = 0;
  const end = widths.findIndex((width) => {
    used += gap + width;
    return used > columns;
  });
  return widths.slice(0, end < 0 ? widths.length : end);
}
