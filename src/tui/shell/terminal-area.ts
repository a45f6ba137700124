import type {Rect, Viewport} from '../../layout/solve-layout.ts';

/** The smallest terminal with room for a header, a panel and a footer. */
export const MIN_TERMINAL: Viewport = {columns: 20, rows: 6};

const HEADER_ROWS = 1;
const FOOTER_ROWS = 1;
/** In fewer rows, the row of tabs makes room for what is shown. */
const LEAST_ROWS_WITH_TABS = 20;

/** True if the window has a row of tabs below the header. */
export function hasTabRow({rows}: Viewport): boolean {
  return rows >= LEAST_ROWS_WITH_TABS;
}

/** The part of the terminal between header or tabs, and footer. */
export function areaOf({columns, rows}: Viewport): Rect {
  const row = HEADER_ROWS + (hasTabRow({columns, rows}) ? 1 : 0);
  return {column: 0, row, columns, rows: Math.max(1, rows - row - FOOTER_ROWS)};
}

export function isTooSmall({columns, rows}: Viewport): boolean {
  return columns < MIN_TERMINAL.columns || rows < MIN_TERMINAL.rows;
}
/** The size of a window; a terminal of unknown size reports 0. */
export function windowSize({columns, rows}: {readonly columns?: number; readonly rows?: number}): Viewport {
  return {columns: columns || 80, rows: rows || 24};
}
