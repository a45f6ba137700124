import {type Layout, panelsOf} from '../../layout/layout-schema.ts';
import type {PanelKind} from '../../layout/panel-kinds.ts';
import {type PlacedPanel, solveLayout, type Viewport} from '../../layout/solve-layout.ts';
import type {ConsoleState} from '../state/console-state.ts';

/** The smallest terminal with room for a header, a panel and a footer. */
export const MIN_TERMINAL: Viewport = {columns: 20, rows: 6};

const HEADER_ROWS = 1;
const FOOTER_ROWS = 1;

/** A panel the layout has at this size, and whether there was room for it. */
export type KnownPanel = {readonly id: string; readonly panel: PanelKind; readonly isShown: boolean};

/** Where everything stands on the screen. Rectangles count from the top left cell of the terminal. */
export type Arrangement = {
  readonly isTooSmall: boolean;
  readonly known: readonly KnownPanel[];
  readonly focusedId: string | null;
  /** What is drawn: all panels that fit, or the focused one alone when zoomed. */
  readonly panels: readonly PlacedPanel[];
  /** The part of the screen between header and footer. */
  readonly area: PlacedPanel['rect'];
};

/** The part of the console's state that decides where panels stand. */
export type Focus = Pick<ConsoleState, 'focusedPanelId' | 'isZoomed'>;

/** The screen for a terminal size: pure, the same for drawing and for judging a key. */
export function arrange(layout: Layout, terminal: Viewport, state: Focus): Arrangement {
  const area = {
    column: 0,
    row: HEADER_ROWS,
    columns: terminal.columns,
    rows: Math.max(1, terminal.rows - HEADER_ROWS - FOOTER_ROWS),
  };
  const isTooSmall = terminal.columns < MIN_TERMINAL.columns || terminal.rows < MIN_TERMINAL.rows;
  const solved = solveLayout(layout, {columns: area.columns, rows: area.rows}, terminal);
  const all = panelsOf(layout.variants[solved.variantIndex]?.root ?? {kind: 'rows', extent: {}, children: []});
  const shownIds = new Set(solved.panels.map(({id}) => id));
  const known = all.map(({id, panel}) => ({id, panel, isShown: shownIds.has(id)}));
  const focusedId = focusedPanelId(known, state);
  const focused = all.find(({id}) => id === focusedId);
  if (state.isZoomed && focused !== undefined) {
    const {id, panel, options} = focused;
    return {isTooSmall, known, focusedId, panels: [{id, panel, options, rect: area}], area};
  }
  const panels = solved.panels.map((placed) => ({...placed, rect: {...placed.rect, row: placed.rect.row + area.row}}));
  return {isTooSmall, known, focusedId, panels, area};
}

/** The panel with the focus: the remembered one while it can be seen, else the first that can. */
export function focusedPanelId(known: readonly KnownPanel[], state: Focus): string | null {
  const remembered = known.find(({id, isShown}) => id === state.focusedPanelId && (isShown || state.isZoomed));
  return remembered?.id ?? known.find(({isShown}) => isShown)?.id ?? null;
}
