import {type Layout, panelsOf} from '../../../layout/layout-schema.ts';
import type {LayoutState} from '../../../layout/layout-states.ts';
import type {PanelKind} from '../../../layout/panel-kinds.ts';
import {type PlacedPanel, type Rect, solveLayout, type Viewport} from '../../../layout/solve-layout.ts';

/** A panel of the layout at this size, and whether there was room for it. */
export type KnownPanel = {readonly id: string; readonly panel: PanelKind; readonly isShown: boolean};

/** Positions of the panels. Rectangles are relative to the top left cell of the terminal. */
export type Arrangement = {
  readonly known: readonly KnownPanel[];
  readonly focusedId: string | null;
  /** True while the focused panel is shown alone. */
  readonly isZoomed: boolean;
  /** What is drawn: all panels that fit, or only the focused one when zoomed. */
  readonly panels: readonly PlacedPanel[];
};

/** Which panel has the focus. */
export type Focus = {
  /** Null: the first panel. */
  readonly focusedPanelId: string | null;
  readonly isZoomed: boolean;
};

/** Where the panels are to be: the window, the part of it for panels, and the state of the engine, null while it is unknown. */
export type Place = {readonly terminal: Viewport; readonly area: Rect; readonly engine: LayoutState | null};

/**
 * The panels in this area of the terminal: pure, the same for drawing and key handling. A zoomed panel that the layout does
 * not have in this state of the engine is not replaced by another one: all panels are shown, and it alone when it is back.
 */
export function arrange(layout: Layout, {terminal, area, engine}: Place, state: Focus): Arrangement {
  const solved = solveLayout(layout, {columns: area.columns, rows: area.rows}, terminal, engine);
  const all = panelsOf(layout.variants[solved.variantIndex]?.root ?? {kind: 'rows', extent: {}, children: []});
  const shownIds = new Set(solved.panels.map(({id}) => id));
  const known = all.map(({id, panel}) => ({id, panel, isShown: shownIds.has(id)}));
  const focusedId = focusedPanelId(known, state);
  const alone = state.isZoomed ? all.find(({id}) => id === (state.focusedPanelId ?? focusedId)) : undefined;
  if (alone !== undefined) {
    const {id, panel, options} = alone;
    return {known, focusedId, isZoomed: true, panels: [{id, panel, options, rect: area}]};
  }
  const panels = solved.panels.map((placed) => ({...placed, rect: {...placed.rect, row: placed.rect.row + area.row}}));
  return {known, focusedId, isZoomed: false, panels};
}

/** The focused panel: the stored one if visible, otherwise the first visible one. */
export function focusedPanelId(known: readonly KnownPanel[], state: Focus): string | null {
  const remembered = known.find(({id, isShown}) => id === state.focusedPanelId && (isShown || state.isZoomed));
  return remembered?.id ?? known.find(({isShown}) => isShown)?.id ?? null;
}
