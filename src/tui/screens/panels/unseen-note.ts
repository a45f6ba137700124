import {textWidth} from '../../../shared/text-width.ts';
import type {PanelView} from '../../../views/rows.ts';
import type {Keymap} from '../../keys/keymap.ts';
import {innerSize} from '../../painting/paint-panel.ts';
import type {Framed} from '../screen.ts';
import type {Arrangement} from './arrange.ts';

/** Between title and note, in addition to the padding of the panel. */
const LEAST_LINE_COLUMNS = 2;

/**
 * The pictures, with the panels that there is no room for named in the title of the last one, and the key that shows them alone. Where
 * the title has no room for it, they are as they were: the help has the key too.
 */
export function withUnseenNote(
  frames: readonly Framed[],
  {known, isZoomed}: Arrangement,
  keymap: Keymap,
): readonly Framed[] {
  const unseen = known.filter(({isShown}) => !isShown).map(({id}) => id);
  const last = frames.at(-1);
  if (isZoomed || unseen.length === 0 || last === undefined) return frames;
  const note = `${keymap.shown('panel.next')}: ${unseen.join(', ')}`;
  const {title, titleNote} = last.view;
  const whole = titleNote === '' ? note : `${titleNote}; ${note}`;
  if (textWidth(title) + textWidth(whole) + LEAST_LINE_COLUMNS > innerSize(last.rect).columns) return frames;
  return [...frames.slice(0, -1), {...last, view: noted(last.view, whole)}];
}

/** The same object for the same picture: what is on the terminal is compared with it. */
function noted(view: PanelView, titleNote: string): PanelView {
  const known = notes.get(view);
  if (known?.titleNote === titleNote) return known;
  const made = {...view, titleNote};
  notes.set(view, made);
  return made;
}

const notes = new WeakMap<PanelView, PanelView>();
