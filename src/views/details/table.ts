import {cutText, textWidth} from '../../shared/text-width.ts';
import {padText, span} from '../drawing/compose.ts';
import type {Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** A cell of a table: numbers end at their column, the first column is text. */
export type TableCell = {readonly text: string; readonly tone?: Tone};

const GAP = 3;
/** A longer name is cut, so that its numbers are seen. */
const NAME_SHARE = 0.4;
const LEAST_NAME_COLUMNS = 16;

/** The name of a row, as much of it as leaves room for the numbers. */
export function nameText(name: string, {columns, glyphs}: Pick<ViewInput, 'columns' | 'glyphs'>): string {
  return cutText(name, Math.max(LEAST_NAME_COLUMNS, Math.floor(columns * NAME_SHARE)), glyphs.ellipsis);
}

/** Rows in columns as wide as their widest text, and as many columns as fit. The first row is the heading. */
export function tableRows(cells: readonly (readonly TableCell[])[], columns: number): readonly Row[] {
  const count = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({length: count}, (_, column) =>
    Math.max(0, ...cells.map((row) => textWidth(row[column]?.text ?? ''))),
  );
  let shown = 0;
  let used = 0;
  for (const width of widths) {
    const next = used + width + (shown === 0 ? 0 : GAP);
    if (next > columns && shown > 0) break;
    used = next;
    shown += 1;
  }
  return cells.map((row, line) =>
    row.slice(0, shown).map(({text, tone}, column) => {
      const padded = padText(text, widths[column] ?? 0, column === 0 ? 'right' : 'left');
      return span(
        `${column === 0 ? '' : ' '.repeat(GAP)}${padded}`,
        tone ?? (line === 0 || column === 0 ? 'dim' : 'strong'),
      );
    }),
  );
}
