import type {Layout} from '../../../layout/layout-schema.ts';
import {type KeyId, keySpec} from '../../keys/key-table.ts';
import {type DefinedScreen, defineScreen} from '../define-screen.ts';
import type {ScreenContext} from '../screen.ts';
import {WHEEL_ROWS} from '../scrolling.ts';
import {
  KEPT_WINDOW,
  openedWindow,
  type WindowChoice,
  type WindowState,
  windowData,
  windowKeys,
  windowQuestion,
} from './chosen-window.ts';
import {arrangeOf, drawPanels, focusedOn, initialFocus, panelCopy, panelKeys, unzoomed} from './panel-focus.ts';
import type {PanelViews} from './panel-frames.ts';
import {startKey} from './start-key.ts';
import {scrolled, type TextOf, textKeys, textOffset, textRow} from './zoomed-text.ts';

type PanelsScreen = {
  readonly name: string;
  /** In the row of tabs. */
  readonly number: number;
  readonly key: KeyId;
  /** Read when the screen is shown. */
  readonly layout: () => Layout;
  readonly views: PanelViews;
  /** The panel that has the focus until another one is chosen, by its id; the first one without it. */
  readonly focus?: string;
  /** Left out where the plots are of the recent past alone. */
  readonly windows?: WindowChoice;
};

/** A tab that has nothing but the panels of a layout. */
export function panelsScreen({
  name,
  number,
  key,
  layout,
  views,
  focus,
  windows,
}: PanelsScreen): DefinedScreen<WindowState> {
  const arranged = arrangeOf<WindowState>(layout);
  const text: TextOf<WindowState> = {views, arranged};
  const openedState = (context: ScreenContext): WindowState => ({
    ...initialFocus,
    focusedPanelId: focus ?? null,
    window: windows === undefined ? KEPT_WINDOW : openedWindow(context),
  });
  return defineScreen<WindowState>({
    kind: 'screen',
    name,
    tab: {number},
    opener: {...keySpec(key), open: (context) => ({state: openedState(context)})},
    keys: [
      startKey(),
      ...panelKeys(arranged, textRow(text)),
      ...textKeys(text),
      ...(windows === undefined ? [] : windowKeys(windows, layout)),
    ],
    back: unzoomed(arranged),
    click: focusedOn(arranged),
    wheel: (state, step, _, context) => scrolled(state, step, text, context, WHEEL_ROWS),
    copy: panelCopy(arranged),
    history: (state) => (windows === undefined ? null : windowQuestion(state, layout())),
    draw(state, context) {
      const {data, ...chosen} = windows === undefined ? {data: context.data} : windowData(state, layout(), context);
      const arrangement = arranged(state, context);
      const shown = {...chosen, textOffset: textOffset(state, arrangement)};
      return drawPanels(views, arrangement, {...context, data}, shown);
    },
  });
}
