import type {ScreenContext} from '../screens/screen.ts';
import type {ConsoleState} from './console-state.ts';
import {noticeRows, shownNotice} from './notice-rows.ts';

/**
 * The context of the screen on top, the same for drawing it, for its keys and for the footer: a dialog keeps clear of the
 * notice, because its last rows are its answers.
 */
export function topContext(state: ConsoleState, context: ScreenContext): ScreenContext {
  if (state.cover?.screen.kind !== 'dialog') return context;
  const {area, data, nowMs, pen, terminal} = context;
  const taken = noticeRows(shownNotice(state, data, nowMs), terminal.columns, pen.glyphs).length;
  return {...context, area: {...area, rows: Math.max(1, area.rows - taken)}};
}
