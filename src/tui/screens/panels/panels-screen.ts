import type {Layout} from '../../../layout/layout-schema.ts';
import {type KeyId, keySpec} from '../../keys/key-table.ts';
import {type DefinedScreen, defineScreen} from '../screen.ts';
import {arrangeOf, drawPanels, type FocusState, focusedOn, initialFocus, panelCopy, panelKeys} from './panel-focus.ts';
import type {PanelViews} from './panel-frames.ts';
import {startKey} from './start-key.ts';

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
    keys: [startKey(), ...panelKeys(arranged)],
    back: (state) => (state.isZoomed ? {...state, isZoomed: false} : null),
    click: focusedOn,
    copy: panelCopy(arranged),
    draw: (state, context) => drawPanels(views, arranged(state, context), context),
  });
}
