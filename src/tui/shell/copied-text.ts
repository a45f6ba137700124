import type {Copied, Screen, ScreenContext} from '../screens/screen.ts';
import {type ConsoleState, topScreen} from './console-state.ts';
import {topContext} from './top-context.ts';
import {visibleFrames} from './visible-frames.ts';

/** What `y` copies: what the screen on top says, or the text of what has the focus; null where nothing is to be read. */
export function copiedFrom(state: ConsoleState, screens: readonly Screen[], context: ScreenContext): Copied | null {
  const own = topScreen(state).copy(topContext(state, screens, context));
  if (own !== null) return own;
  const focused = visibleFrames(state, screens, context).findLast(({isFocused}) => isFocused);
  if (focused === undefined) return null;
  const {title, titleNote, rows} = focused.view;
  const lines = [`${title} ${titleNote}`, ...rows.map((row) => row.map(({text}) => text).join(''))];
  return {what: `the text of ${title}`, text: lines.map((line) => line.trimEnd()).join('\n')};
}
