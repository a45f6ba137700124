import type {Rect} from '../../layout/solve-layout.ts';
import type {PanelView, PanelViewFunction} from '../../views/rows.ts';
import type {ViewInput} from '../../views/view-input.ts';
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

/** A panel that takes what a screen leaves blank. */
type Below = {readonly id: string; readonly view: PanelViewFunction; readonly options?: ViewInput['options']};

/** A screen over the whole area, and another panel in the rows below it that it has nothing to write into. */
export function filled(id: string, view: PanelView, context: ScreenContext, below: Below): readonly Framed[] {
  return whole(id, view, context).flatMap((only) => {
    const {frame, rest} = withRest(only);
    if (rest === null) return [frame];
    const {data, nowMs, pen, keymap} = context;
    const {options = {}} = below;
    const input = {data, nowMs, glyphs: pen.glyphs, ...innerSize(rest), keyOf: keymap.shown, options};
    return [frame, {id: below.id, rect: rest, view: below.view(input), isFocused: false}];
  });
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

/** True if nothing below is visible. The frames of a screen lie next to each other. */
export function isWhole(frames: readonly Framed[], area: Rect): boolean {
  const cells = frames.reduce((sum, {rect}) => sum + rect.columns * rect.rows, 0);
  return cells >= area.columns * area.rows;
}

/** In fewer rows, another panel would show too little. */
export const LEAST_ROWS = 8;

/** A picture, and the rows below it that it has nothing to write into; null where they are too few for a panel. */
export type WithRest = {readonly frame: Framed; readonly rest: Rect | null};

/** The picture only as high as what is written in it. */
export function withRest(frame: Framed): WithRest {
  const {rect, view} = frame;
  const border = rect.rows - innerSize(rect).rows;
  const written = view.rows.findLastIndex((row) => row.some(({text}) => text.trim() !== '')) + 1;
  const rows = Math.max(1, written) + border;
  const left = rect.rows - rows;
  if (left < LEAST_ROWS) return {frame, rest: null};
  return {frame: {...frame, rect: {...rect, rows}}, rest: {...rect, row: rect.row + rows, rows: left}};
}
