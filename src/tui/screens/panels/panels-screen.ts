import type {Layout} from '../../../layout/layout-schema.ts';
import {type KeyId, keySpec} from '../../keys/key-table.ts';
import {type DefinedScreen, defineScreen} from '../screen.ts';
import {WHEEL_ROWS} from '../scrolling.ts';
import {
  arrangeOf,
  drawPanels,
  type FocusState,
  focusedOn,
  initialFocus,
  panelCopy,
  panelKeys,
  unzoomed,
} from './panel-focus.ts';
import type {PanelViews} from './panel-frames.ts';
import {startKey} from './start-key.ts';
import {scrolled, textKeys, textOffset} from './zoomed-text.ts';

type PanelsScreen = {
  readonly name: string;
  /** In the row of tabs. */
  readonly number: number;
  readonly key: KeyId;
  /** Read when the screen is shown. */
  readonly layout: () => Layout;
  readonly views: PanelViews;
};

/** A tab that has nothing but the panels of a layout. */
export function panelsScreen({name, number, key, layout, views}: PanelsScreen): DefinedScreen<FocusState> {
  const arranged = arrangeOf<FocusState>(layout);
  return defineScreen<FocusState>({
    kind: 'screen',
    name,
    tab: {number},
    opener: {...keySpec(key), open: () => ({state: initialFocus})},
    keys: [startKey(), ...panelKeys(arranged), ...textKeys(views, arranged)],
    back: unzoomed,
    click: focusedOn,
    wheel: (state, step, _, context) => scrolled(state, step, views, arranged, context, WHEEL_ROWS),
    copy: panelCopy(arranged),
    draw: (state, context) =>
      drawPanels(views, arranged(state, context), context, {textOffset: (panel) => textOffset(state, panel)}),
  });
}
