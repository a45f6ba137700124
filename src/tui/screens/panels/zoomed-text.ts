import {innerSize} from '../../painting/paint-panel.ts';
import {refuse, type ScreenContext, type ScreenKey} from '../screen.ts';
import {pageOf, type ScrollStep, scrolledOffset, scrollKeys} from '../scrolling.ts';
import type {Arrangement} from './arrange.ts';
import type {Arrange, FocusState, ScrollRow} from './panel-focus.ts';
import {type PanelViews, wholeText} from './panel-frames.ts';

/** Of a zoomed panel that fits. */
export const NOTHING_TO_SCROLL = 'there is nothing to scroll in this panel';

/** How far a panel that is shown alone is scrolled; null while there are others. */
export function textOffset({offset}: FocusState, {isZoomed}: Arrangement): number | null {
  return isZoomed ? offset : null;
}

/** The panels of a screen, and where they are. */
export type TextOf<State> = {readonly views: PanelViews; readonly arranged: Arrange<State>};

/** The keys that scroll the text of a panel that is shown alone. */
export function textKeys<State extends FocusState>(text: TextOf<State>): readonly ScreenKey<State>[] {
  const keys = scrollKeys<State>((state, step, context) => scrolled(state, step, text, context));
  return keys.map((key) => ({
    ...key,
    unavailable: (state, context) => {
      if (!text.arranged(state, context).isZoomed)
        return refuse('only a zoomed panel scrolls', `${context.keymap.shown('panel.zoom')} zooms it.`);
      return hiddenRows(state, text, context) === 0 ? refuse(NOTHING_TO_SCROLL) : null;
    },
  }));
}

/** Scrolls the text of a panel that is shown alone by a row. */
export function textRow<State extends FocusState>(text: TextOf<State>): ScrollRow<State> {
  return (state, step, context) =>
    hiddenRows(state, text, context) === 0 ? null : scrolled(state, step, text, context, 1);
}

/** The state with the text scrolled, by a page or by so many rows. */
export function scrolled<State extends FocusState>(
  state: State,
  step: ScrollStep,
  text: TextOf<State>,
  context: ScreenContext,
  rows = pageOf(innerSize(context.area).rows),
): State {
  return {...state, offset: scrolledOffset(state.offset, step, rows, hiddenRows(state, text, context))};
}

/** Rows of a panel that is shown alone for which there is no room; the log has its own way to scroll. */
export function hiddenRows<State extends FocusState>(
  state: State,
  {views, arranged}: TextOf<State>,
  context: ScreenContext,
): number {
  const {panels, isZoomed} = arranged(state, context);
  const [placed] = panels;
  if (placed === undefined || !isZoomed || placed.panel === 'log') return 0;
  return Math.max(0, wholeText({views, placed, ...context}).rows.length - innerSize(placed.rect).rows);
}
