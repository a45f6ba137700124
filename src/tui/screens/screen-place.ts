import type {Rect} from '../../layout/solve-layout.ts';
import type {PanelView} from '../../views/rows.ts';
import {innerSize, type PanelSize} from '../painting/paint-panel.ts';
import type {Framed, ScreenContext} from './screen.ts';

/** Width of a dialog with a few sentences and answers. */
export const QUESTION_COLUMNS = 76;

/** The inside of a full-area screen. */
export function wholeSize({area}: ScreenContext): PanelSize {
  return innerSize(area);
}

/** A screen over the whole area. */
export function whole(id: string, view: PanelView, {area}: ScreenContext): readonly Framed[] {
  return [{id, view, rect: area, isFocused: true}];
}

/** A centered dialog, as high as its content. `view` is called with the maximum inner size. */
export function centered(
  id: string,
  wantedColumns: number,
  {area}: ScreenContext,
  view: (size: PanelSize) => PanelView,
): readonly Framed[] {
  const columns = Math.min(wantedColumns, area.columns);
  const content = view(innerSize({columns, rows: area.rows}));
  return [{id, view: content, rect: centeredRect(area, columns, content.rows.length + 2), isFocused: true}];
}

/** The rectangle of this size in the middle of the area, cut to it. */
export function centeredRect(area: Rect, wantedColumns: number, wantedRows: number): Rect {
  const columns = Math.min(wantedColumns, area.columns);
  const rows = Math.min(wantedRows, area.rows);
  return {
    column: area.column + Math.floor((area.columns - columns) / 2),
    row: area.row + Math.floor((area.rows - rows) / 2),
    columns,
    rows,
  };
}

/** True if nothing below is visible. */
export function isWhole(frames: readonly Framed[], area: Rect): boolean {
  return frames.some(({rect}) => rect.columns === area.columns && rect.rows === area.rows);
}
