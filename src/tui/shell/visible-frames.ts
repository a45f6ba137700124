import {FINDINGS_TITLE} from '../../views/panels/findings.ts';
import type {Framed, ScreenContext} from '../screens/screen.ts';
import {isWhole} from '../screens/screen-place.ts';
import type {ConsoleState} from './console-state.ts';
import {topContext} from './top-context.ts';

/** True where one of them has the findings. */
export function hasFindings(frames: readonly Framed[]): boolean {
  return frames.some(({view}) => view.title === FINDINGS_TITLE);
}

/** The visible rectangles, those on top last. */
export function visibleFrames(state: ConsoleState, context: ScreenContext): readonly Framed[] {
  const {base, cover} = state;
  if (cover === null) return base.draw({...context, isOnTop: true});
  const covering = cover.draw({...topContext(state, context), isOnTop: true});
  return isWhole(covering, context.area) ? covering : [...base.draw({...context, isOnTop: false}), ...covering];
}
