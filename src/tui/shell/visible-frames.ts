import {PROBLEM_TITLE} from '../../views/not-serving/problem.ts';
import {FINDINGS_TITLE} from '../../views/panels/findings.ts';
import type {Framed, Screen, ScreenContext} from '../screens/screen.ts';
import {isWhole} from '../screens/screen-place.ts';
import type {ConsoleState} from './console-state.ts';
import {seenContext, topContext} from './top-context.ts';

/** True where one of them has the findings. */
export function hasFindings(frames: readonly Framed[]): boolean {
  return frames.some(({view: {title}}) => title === FINDINGS_TITLE || title === PROBLEM_TITLE);
}

/** The visible rectangles, those on top last. */
export function visibleFrames(
  state: ConsoleState,
  screens: readonly Screen[],
  context: ScreenContext,
): readonly Framed[] {
  const {base, cover, under} = state;
  const onTop = {...topContext(state, screens, context), isOnTop: true};
  if (cover === null) return base.draw(onTop);
  const seen = seenContext(state, context);
  const covering = cover.draw(onTop);
  return isWhole(covering, context.area) ? covering : [...(under ?? base).draw({...seen, isOnTop: false}), ...covering];
}
