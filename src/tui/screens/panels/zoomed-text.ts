import type {PanelKind} from '../../../layout/panel-kinds.ts';
import {innerSize} from '../../painting/paint-panel.ts';
import {refuse, type ScreenContext, type ScreenKey} from '../screen.ts';
import {pageOf, type ScrollStep, scrolledOffset, scrollKeys} from '../scrolling.ts';
import type {Arrange, FocusState} from './panel-focus.ts';
import {type PanelViews, wholeText} from './panel-frames.ts';

/** Panels of text have as many rows as there is to say; every other one fills the rows that it has. */
const textPanels: ReadonlySet<PanelKind> = new Set<PanelKind>([
  'vram-budget',
  'request-sizes',
  'cost-table',
  'settings',
  'starts',
  'state-strip',
  'start-phases',
  'command',
  'processes',
]);

/** Rows scrolled out at the top of a panel that is shown alone, with all its text; null for one that is no text. */
export function textOffset({isZoomed, offset}: FocusState, panel: PanelKind): number | null {
  return isZoomed && textPanels.has(panel) ? offset : null;
}

/** The keys that scroll the text of a panel that is shown alone. */
export function textKeys<State extends FocusState>(
  views: PanelViews,
  arranged: Arrange<State>,
): readonly ScreenKey<State>[] {
  const keys = scrollKeys<State>((state, step, context) => scrolled(state, step, views, arranged, context));
  return keys.map((key) => ({
    ...key,
    unavailable: (state, context) => {
      if (!state.isZoomed)
        return refuse('only a zoomed panel scrolls', `${context.keymap.shown('panel.zoom')} zooms it.`);
      return hiddenRows(state, views, arranged, context) === 0
        ? refuse('there is nothing to scroll in this panel')
        : null;
    },
  }));
}

/** The state with the text scrolled, by a page or by so many rows. */
export function scrolled<State extends FocusState>(
  state: State,
  step: ScrollStep,
  views: PanelViews,
  arranged: Arrange<State>,
  context: ScreenContext,
  rows = pageOf(innerSize(context.area).rows),
): State {
  return {...state, offset: scrolledOffset(state.offset, step, rows, hiddenRows(state, views, arranged, context))};
}

/** Rows of a text that the panel has no room for. */
function hiddenRows<State extends FocusState>(
  state: State,
  views: PanelViews,
  arranged: Arrange<State>,
  context: ScreenContext,
): number {
  const [placed] = arranged(state, context).panels;
  if (placed === undefined || textOffset(state, placed.panel) === null) return 0;
  return Math.max(0, wholeText({views, placed, ...context}).rows.length - innerSize(placed.rect).rows);
}
