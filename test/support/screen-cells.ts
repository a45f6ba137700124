import type {Terminal} from '@xterm/headless';

/** The content of each cell of a screen, row by row; empty after a character that uses two cells. */
export type Cells = readonly (readonly string[])[];

/** The visible cells of a terminal. An unwritten cell is a space. */
export function cellsOf(terminal: Terminal): Cells {
  const {active} = terminal.buffer;
  return Array.from({length: terminal.rows}, (_, row) => {
    const line = active.getLine(active.baseY + row);
    return Array.from({length: terminal.cols}, (__, column) => {
      const cell = line?.getCell(column);
      return cell === undefined ? ' ' : cell.getWidth() === 0 ? '' : cell.getChars() || ' ';
    });
  });
}

/** A bordered rectangle as it is painted. */
export type Box = {
  readonly title: string;
  /** The short text at the right end of the title line; may be empty. */
  readonly note: string;
  /** The content, without border and trailing spaces. */
  readonly rows: readonly string[];
  readonly columns: number;
  /** At the top and as wide as the window, as a screen is, which may have another panel below. */
  readonly isScreen: boolean;
};

/** The rectangles that nothing covers except a notice at their end, starting at the top left. */
export function boxesOf(cells: Cells): readonly Box[] {
  return cells.flatMap((line, row) =>
    line.flatMap((cell, column) => {
      const box = isOneOf('╭+', cell) ? boxAt(cells, row, column) : null;
      return box === null ? [] : [box];
    }),
  );
}

function boxAt(cells: Cells, top: number, left: number): Box | null {
  const titleLine = cells[top] ?? [];
  if (!isOneOf('─-', titleLine[left + 1])) return null;
  const right = titleLine.findIndex((cell, column) => column > left + 1 && isOneOf('╮+', cell));
  if (right === -1) return null;
  const end = cells.findIndex((line, row) => row > top && !(isOneOf('│|', line[left]) && isOneOf('│|', line[right])));
  const below = cells[end] ?? [];
  const isClosed = isOneOf('╰+', below[left]) && isOneOf('╯+', below[right]);
  if (!isClosed && end !== noticeRow(cells)) return null;
  const inside = cells.slice(top + 1, end);
  return {
    ...titleOf(titleLine.slice(left + 2, right - 1).join('')),
    rows: inside.map((line) =>
      line
        .slice(left + 1, right)
        .join('')
        .trim(),
    ),
    columns: right - left + 1,
    isScreen: left === 0 && right === titleLine.length - 1 && top <= 2,
  };
}

/** The row where the last answer or refusal starts, above the footer; -1 if there is none. */
export function noticeRow(cells: Cells): number {
  return cells.findIndex((line) =>
    /^(Sent|Accepted|Refused|Ignored|Nothing changed|Copied|Saved|Not saved|Configuration|Shown|Mouse):/.test(
      line.join(''),
    ),
  );
}

/** ` Title ───── note ` */
function titleOf(text: string): Pick<Box, 'title' | 'note'> {
  const parts = text.split(/(?:─|-){2,}/).map((part) => part.replaceAll(/^[─-]|[─-]$/g, '').trim());
  const [title = '', note = ''] = parts;
  return {title, note};
}

function isOneOf(characters: string, cell: string | undefined): boolean {
  return cell !== undefined && cell !== '' && characters.includes(cell);
}
