import type {Rect} from '../../layout/solve-layout.ts';
import {cutText, textWidth} from '../../shared/text-width.ts';
import type {PanelView} from '../../views/rows.ts';
import {blankCells, type Canvas, writeBlanks, writeText} from '../canvas/canvas.ts';
import type {Style} from '../theme/theme.ts';
import {drawable, isSameContent, type Pen, paintRow, repaintRow} from './paint-row.ts';

export type PanelSize = {readonly columns: number; readonly rows: number};

/** The space for a panel's rows inside its rectangle: without border, and without padding on wide panels. */
export function innerSize(size: PanelSize): PanelSize {
  if (!hasBorder(size)) return size;
  return {columns: size.columns - 2 - 2 * airOf(size), rows: size.rows - 2};
}

/** A panel's content, and whether it has the focus. */
export type ShownPanel = {readonly view: PanelView; readonly isFocused: boolean};

/** Paints a panel into exactly its rectangle: border, title, note, rows. Rows that do not fit are dropped. */
export function paintPanel(canvas: Canvas, rect: Rect, view: PanelView, isFocused: boolean, pen: Pen): void {
  if (hasBorder(rect)) paintBorder(canvas, rect, view, isFocused, pen);
  const inner = innerPlace(rect);
  for (let index = 0; index < inner.rows; index += 1)
    paintRow(canvas, {...inner, row: inner.row + index}, view.rows[index] ?? [], pen);
}

/** The same where the panel `was` is painted: only what differs. The numbers of the canvas' rows that may have changed are added to `changed`. */
export function repaintPanel(
  canvas: Canvas,
  rect: Rect,
  was: ShownPanel,
  {view, isFocused}: ShownPanel,
  pen: Pen,
  changed: Set<number>,
): void {
  if (was.view === view && was.isFocused === isFocused) return;
  if (was.view.tone !== view.tone || was.isFocused !== isFocused) {
    for (let row = rect.row; row < rect.row + rect.rows; row += 1) {
      blankCells(canvas, {...rect, row});
      changed.add(row);
    }
    paintPanel(canvas, rect, view, isFocused, pen);
    return;
  }
  if (hasBorder(rect) && (was.view.title !== view.title || was.view.titleNote !== view.titleNote)) {
    blankCells(canvas, rect);
    paintTitle(canvas, rect, view, isFocused, pen);
    changed.add(rect.row);
  }
  const inner = innerPlace(rect);
  for (let index = 0; index < inner.rows; index += 1) {
    const content = view.rows[index] ?? [];
    if (isSameContent(was.view.rows[index] ?? [], content)) continue;
    repaintRow(canvas, {...inner, row: inner.row + index}, content, pen);
    changed.add(inner.row + index);
  }
}

/** The cells of a panel's rows. */
function innerPlace(rect: Rect): Rect {
  const [top, left] = hasBorder(rect) ? [1, 1 + airOf(rect)] : [0, 0];
  return {row: rect.row + top, column: rect.column + left, ...innerSize(rect)};
}

function paintBorder(canvas: Canvas, rect: Rect, view: PanelView, isFocused: boolean, pen: Pen): void {
  const {border} = pen.glyphs;
  const {style} = frameStyles(view, isFocused, pen);
  const {row, column, columns, rows} = rect;
  paintTitle(canvas, rect, view, isFocused, pen);
  const air = airOf(rect);
  for (let line = row + 1; line < row + rows - 1; line += 1) {
    writeText(canvas, line, column, border.vertical, style);
    writeBlanks(canvas, line, column + 1, air);
    const right = column + columns - 1;
    writeBlanks(canvas, line, right - air, air);
    writeText(canvas, line, right, border.vertical, style);
  }
  const bottom = border.bottomLeft + border.horizontal.repeat(columns - 2) + border.bottomRight;
  writeText(canvas, row + rows - 1, column, bottom, style);
}

function paintTitle(canvas: Canvas, rect: Rect, view: PanelView, isFocused: boolean, pen: Pen): void {
  const styles = frameStyles(view, isFocused, pen);
  const {border} = pen.glyphs;
  // Corners, and one stretch of border on either side of the title.
  const room = rect.columns - 4;
  const title = room < 3 ? '' : ` ${cutText(drawable(view.title, pen), room - 2, pen.glyphs.ellipsis)} `;
  const noteRoom = room - textWidth(title) - 1;
  const noteText = drawable(view.titleNote, pen);
  const note = noteText === '' || textWidth(noteText) + 2 > noteRoom ? '' : ` ${noteText} `;
  const fill = Math.max(0, room - textWidth(title) - textWidth(note));
  const parts: readonly (readonly [string, Style])[] = [
    [border.topLeft + border.horizontal, styles.top],
    [title, styles.title],
    [border.horizontal.repeat(fill), styles.top],
    [note, pen.theme.dim],
    [border.horizontal + border.topRight, styles.top],
  ];
  let column = rect.column;
  for (const [text, style] of parts) column = writeText(canvas, rect.row, column, text, style);
}

type FrameStyles = {readonly top: Style; readonly title: Style; readonly style: Style};

/** A panel with trouble is seen from across the room, also while it has the focus: that is in its top line then. */
function frameStyles({tone}: PanelView, isFocused: boolean, {theme}: Pen): FrameStyles {
  const top = isFocused ? theme.focusedBorder : null;
  switch (tone) {
    case 'critical':
      return {top: top ?? theme.critical, title: theme.alarm, style: theme.critical};
    case 'warning':
      return {top: top ?? theme.warning, title: theme.warning, style: theme.warning};
    default:
      return {top: top ?? theme.border, title: top ?? theme.title, style: top ?? theme.border};
  }
}

function hasBorder(size: PanelSize): boolean {
  return size.columns >= 6 && size.rows >= 3;
}

function airOf(size: PanelSize): number {
  return size.columns >= 24 ? 1 : 0;
}
