import {FINDINGS_TITLE} from '../../views/panels/findings.ts';
import type {Framed, ScreenContext} from '../screens/screen.ts';
import {isWhole} from '../screens/screen-place.ts';
import type {ConsoleState} from './console-state.ts';

/** True where one of them has the findings. */
export function hasFindings(frames: readonly Framed[]): boolean {
  return frames.some(({view}) => view.title === FINDINGS_TITLE);
}

/** The visible rectangles, those on top last. A dialog keeps clear of the notice: its last rows are its answers. */
export function visibleFrames(
  {base, cover}: ConsoleState,
  context: Omit<ScreenContext, 'isOnTop'>,
  noticeRows: number,
): readonly Framed[] {
  if (cover === null) return base.draw({...context, isOnTop: true});
  const taken = cover.screen.kind === 'dialog' ? noticeRows : 0;
  const area = {...context.area, rows: Math.max(1, context.area.rows - taken)};
  const covering = cover.draw({...context, area, isOnTop: true});
  return isWhole(covering, context.area) ? covering : [...base.draw({...context, isOnTop: false}), ...covering];
}
