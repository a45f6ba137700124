import {fittingNote} from '../../../views/panels/panel-of.ts';
import type {PanelView} from '../../../views/rows.ts';
import type {KeyId} from '../../keys/key-table.ts';
import type {Keymap} from '../../keys/keymap.ts';
import type {PanelSize} from '../../painting/paint-panel.ts';

/** The part of a text from an offset on; the title says which, where that is not all. */
export function scrolledText(
  view: PanelView,
  offset: number,
  size: PanelSize,
  keymap: Keymap,
  keys: {readonly up: KeyId; readonly down: KeyId} = {up: 'scroll.up', down: 'scroll.down'},
): PanelView {
  const count = view.rows.length;
  const maxOffset = count - size.rows;
  if (maxOffset <= 0) return view;
  const start = Math.min(offset, maxOffset);
  const place = `rows ${start + 1}-${start + size.rows} of ${count}`;
  const more = start < maxOffset ? `; ${keymap.shown(keys.down)} for more` : `; ${keymap.shown(keys.up)} for earlier`;
  const own = view.titleNote === '' ? '' : `${view.titleNote}; `;
  const titleNote = fittingNote(size, view.title, [`${own}${place}${more}`, `${place}${more}`, place]);
  return {...view, titleNote, rows: view.rows.slice(start, start + size.rows)};
}
