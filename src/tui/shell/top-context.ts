import {disabledReason, type OfferedAction, type Screen, type ScreenContext} from '../screens/screen.ts';
import {type ConsoleState, isOverlay, topScreen} from './console-state.ts';
import {noticeRows, shownNotice} from './notice-rows.ts';
import {keysNow} from './shell-keys.ts';

/** The context of what is on the screen: of the moment at which it was frozen, or of now. */
export function seenContext({frozen}: ConsoleState, context: ScreenContext): ScreenContext {
  return frozen === null ? context : {...context, ...frozen};
}

/**
 * The context of the screen on top, the same for drawing it, for its keys and for the footer. What does not fill the area keeps
 * clear of the notice: the last rows of a dialog are its answers. So does what a text is typed into, which is its last row.
 */
export function topContext(state: ConsoleState, screens: readonly Screen[], context: ScreenContext): ScreenContext {
  const {cover} = state;
  const seen = seenContext(state, context);
  if (cover === null) return topScreen(state).isPrompting ? clearOfNotice(state, seen, context) : seen;
  const actionsBelow = (): readonly OfferedAction[] => actionsUnder(state, screens, context);
  if (!isOverlay(cover)) return {...seen, actionsBelow};
  return {...clearOfNotice(state, seen, context), actionsBelow};
}

/** With the rows of the area above the notice, which is of now, also over a picture of earlier. */
function clearOfNotice(state: ConsoleState, seen: ScreenContext, {area, data, nowMs, pen, terminal}: ScreenContext) {
  const taken = noticeRows(shownNotice(state, data, nowMs), terminal.columns, pen.glyphs).length;
  return {...seen, area: {...area, rows: Math.max(1, area.rows - taken)}};
}

/** What can be done below the cover, each with the reason where it is disabled. */
function actionsUnder(state: ConsoleState, screens: readonly Screen[], context: ScreenContext): OfferedAction[] {
  const below = {...state, cover: state.under, under: null};
  const top = topScreen(below);
  return keysNow(below, screens, context.keymap)
    .filter(({id}) => id !== state.cover?.screen.opener.id)
    .map((line) => ({
      line,
      reason: isOf(top.screen, line.id) ? top.whyNot(line, context) : disabledReason(line, context),
    }));
}

function isOf({lines}: Screen, id: string): boolean {
  return lines.some((line) => line.id === id);
}
