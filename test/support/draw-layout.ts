import type {SolvedLayout, Viewport} from '../../src/layout/solve-layout.ts';

/** A solved layout as a picture: one bordered rectangle per panel, with its id and size inside. */
export function drawLayout(solved: SolvedLayout, size: Viewport): string {
  const cells = Array.from({length: size.rows}, () => Array.from({length: size.columns}, () => '?'));
  for (const {id, rect} of solved.panels) {
    const label = ` ${id} ${rect.columns}x${rect.rows} `;
    for (let row = 0; row < rect.rows; row += 1) {
      const line = cells[rect.row + row];
      if (line === undefined) throw new Error(`${id} reaches below the viewport`);
      for (let column = 0; column < rect.columns; column += 1) {
        const isEdgeRow = row === 0 || row === rect.rows - 1;
        const isEdgeColumn = column === 0 || column === rect.columns - 1;
        let cell = ' ';
        if (isEdgeRow) cell = isEdgeColumn ? '+' : '-';
        else if (isEdgeColumn) cell = '|';
        if (row === 0 && !isEdgeColumn) cell = label[column - 1] ?? cell;
        line[rect.column + column] = cell;
      }
    }
  }
  return cells.map((line) => line.join('')).join('\n');
}
