import {cutText, textWidth} from '../../shared/text-width.ts';
import type {PanelView} from '../../views/rows.ts';
import {drawable, type Pen, paintRow, styled} from './paint-row.ts';

export type PanelSize = {readonly columns: number; readonly rows: number};

/** The space for a panel's rows inside its rectangle: without border, and without padding on wide panels. */
export function innerSize(size: PanelSize): PanelSize {
  if (!hasBorder(size)) return size;
  return {columns: size.columns - 2 - 2 * airOf(size), rows: size.rows - 2};
}

/** A panel as lines of exactly its rectangle: border, title, note, rows. Rows that do not fit are dropped. */
export function paintPanel(view: PanelView, size: PanelSize, isFocused: boolean, pen: Pen): string[] {
  const inner = innerSize(size);
  const body = Array.from({length: inner.rows}, (_, index) => paintRow(view.rows[index] ?? [], inner.columns, pen));
  if (!hasBorder(size)) return body;
  const {border} = pen.glyphs;
  const borderStyle = isFocused ? pen.theme.focusedBorder : toneOfBorder(view, pen);
  const side = styled(border.vertical, borderStyle);
  const air = ' '.repeat(airOf(size));
  const bottom = border.bottomLeft + border.horizontal.repeat(size.columns - 2) + border.bottomRight;
  return [
    titleLine(view, size.columns, isFocused, pen),
    ...body.map((line) => side + air + line + air + side),
    styled(bottom, borderStyle),
  ];
}

function titleLine(view: PanelView, columns: number, isFocused: boolean, pen: Pen): string {
  const {border} = pen.glyphs;
  const borderStyle = isFocused ? pen.theme.focusedBorder : toneOfBorder(view, pen);
  // Corners, and one stretch of border on either side of the title.
  const room = columns - 4;
  const title = room < 3 ? '' : ` ${cutText(drawable(view.title, pen), room - 2, pen.glyphs.ellipsis)} `;
  const noteRoom = room - textWidth(title) - 1;
  const noteText = drawable(view.titleNote, pen);
  const note = noteText === '' || textWidth(noteText) + 2 > noteRoom ? '' : ` ${noteText} `;
  const fill = Math.max(0, room - textWidth(title) - textWidth(note));
  return (
    styled(border.topLeft + border.horizontal, borderStyle) +
    styled(title, isFocused ? pen.theme.focusedBorder : pen.theme.title) +
    styled(border.horizontal.repeat(fill), borderStyle) +
    styled(note, pen.theme.dim) +
    styled(border.horizontal + border.topRight, borderStyle)
  );
}

function toneOfBorder(view: PanelView, pen: Pen) {
  return view.tone === 'critical' || view.tone === 'warning' ? pen.theme[view.tone] : pen.theme.border;
}

function hasBorder(size: PanelSize): boolean {
  return size.columns >= 6 && size.rows >= 3;
}

function airOf(size: PanelSize): number {
  return size.columns >= 24 ? 1 : 0;
}
