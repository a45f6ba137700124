import type {Rect} from '../../layout/solve-layout.ts';
import type {PanelView, Row} from '../../views/rows.ts';
import {type Canvas, clearCanvas} from '../canvas/canvas.ts';
import {paintPanel, repaintPanel} from './paint-panel.ts';
import {isSameContent, type Pen, paintRow, repaintRow} from './paint-row.ts';

/** What a frame consists of: a line as wide as the canvas, or a panel in its rectangle. */
export type FramePart =
  | {readonly kind: 'line'; readonly row: number; readonly content: Row}
  | {readonly kind: 'panel'; readonly rect: Rect; readonly view: PanelView; readonly isFocused: boolean};

/** Paints a whole frame on an empty canvas, what is on top last. */
export function paintFrame(canvas: Canvas, parts: readonly FramePart[], pen: Pen): void {
  for (const part of parts) {
    if (part.kind === 'line') paintRow(canvas, {row: part.row, column: 0, columns: canvas.columns}, part.content, pen);
    else paintPanel(canvas, part.rect, part.view, part.isFocused, pen);
  }
}

/**
 * Makes the canvas this frame: where the frame before is on it and nothing moved, only rows with another content are painted. Returns the
 * numbers of the canvas' rows that may have changed; null: any.
 */
export type FramePainter = (canvas: Canvas, parts: readonly FramePart[], pen: Pen) => ReadonlySet<number> | null;

/** A painter that has painted nothing yet. */
export function createFramePainter(): FramePainter {
  let last: {readonly canvas: Canvas; readonly parts: readonly FramePart[]; readonly pen: Pen} | null = null;
  let areApart = false;
  return (canvas, parts, pen) => {
    const before =
      last?.canvas === canvas && isSamePen(last.pen, pen) && areInPlace(last.parts, parts) ? last.parts : null;
    // Should painting fail, nothing is certain about the canvas.
    last = null;
    if (before === null) areApart = haveOwnCells(parts, canvas.columns);
    const changed = before === null || !areApart ? null : repainted(canvas, before, parts, pen);
    if (changed === null) {
      clearCanvas(canvas);
      paintFrame(canvas, parts, pen);
    }
    last = {canvas, parts, pen};
    return changed;
  };
}

function repainted(
  canvas: Canvas,
  before: readonly FramePart[],
  parts: readonly FramePart[],
  pen: Pen,
): ReadonlySet<number> {
  const changed = new Set<number>();
  for (const [index, part] of parts.entries()) {
    const was = before[index];
    if (part.kind === 'panel' && was?.kind === 'panel') repaintPanel(canvas, part.rect, was, part, pen, changed);
    else if (part.kind === 'line' && was?.kind === 'line' && !isSameContent(was.content, part.content)) {
      repaintRow(canvas, {row: part.row, column: 0, columns: canvas.columns}, part.content, pen);
      changed.add(part.row);
    }
  }
  return changed;
}

function isSamePen(one: Pen, other: Pen): boolean {
  return one.theme === other.theme && one.glyphs === other.glyphs;
}

/** True if each part is where the one before was. */
function areInPlace(before: readonly FramePart[], parts: readonly FramePart[]): boolean {
  return (
    before.length === parts.length &&
    parts.every((part, index) => {
      const was = before[index];
      if (part.kind === 'line') return was?.kind === 'line' && was.row === part.row;
      return was?.kind === 'panel' && isSameRect(was.rect, part.rect);
    })
  );
}

function isSameRect(one: Rect, other: Rect): boolean {
  return (
    one.row === other.row && one.column === other.column && one.rows === other.rows && one.columns === other.columns
  );
}

/** True if no part covers a cell of another one: a dialog and a notice lie over panels. */
function haveOwnCells(parts: readonly FramePart[], columns: number): boolean {
  const rects = parts.map((part) => (part.kind === 'panel' ? part.rect : {row: part.row, column: 0, rows: 1, columns}));
  return rects.every((one, index) => rects.slice(index + 1).every((other) => !doOverlap(one, other)));
}

function doOverlap(one: Rect, other: Rect): boolean {
  const areRowsApart = one.row + one.rows <= other.row || other.row + other.rows <= one.row;
  const areColumnsApart = one.column + one.columns <= other.column || other.column + other.columns <= one.column;
  return !areRowsApart && !areColumnsApart;
}
