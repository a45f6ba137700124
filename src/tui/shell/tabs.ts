import type {OpenScreen, Screen, ScreenContext} from '../screens/screen.ts';
import {type ConsoleState, refusal, uncovered, withoutNotices} from './console-state.ts';
import {tabsOf} from './shell-keys.ts';
import {seenContext} from './top-context.ts';

/** The console with this tab shown, as it was left; with the reason where it cannot be opened. */
export function withTab(state: ConsoleState, tab: Screen, context: ScreenContext): ConsoleState {
  if (state.base.screen.name === tab.name) return uncovered(withoutNotices(state, context.nowMs));
  const opened = openedTab(state, tab, context);
  if ('refused' in opened) return {...state, notice: refusal(opened.refused, context.nowMs)};
  return withTabAs(state, opened.screen, context);
}

/** The console with this tab shown in this state. */
export function withTabAs(state: ConsoleState, tab: OpenScreen, context: ScreenContext): ConsoleState {
  const shown = {...uncovered(withoutNotices(state, context.nowMs)), base: tab};
  const {name} = state.base.screen;
  if (name === tab.screen.name) return shown;
  return {...shown, kept: keptBy(state, context), leftAtMs: {...state.leftAtMs, [name]: context.nowMs}};
}

/** The console with the next tab in the row that can be opened. */
export function withNextTab(
  state: ConsoleState,
  step: 1 | -1,
  screens: readonly Screen[],
  context: ScreenContext,
): ConsoleState {
  const tabs = tabsOf(screens);
  const current = tabs.findIndex(({name}) => name === state.base.screen.name);
  for (let steps = 1; steps < tabs.length; steps += 1) {
    const tab = tabs[(current + steps * step + steps * tabs.length) % tabs.length];
    if (tab === undefined || tab.opener.disabledReason(context.data) !== null) continue;
    if (!('refused' in openedTab(state, tab, context))) return withTab(state, tab, context);
  }
  return state;
}

/** True if the tab has something new since it was last shown. */
export function hasNews(
  {base, leftAtMs, openedAtMs}: ConsoleState,
  {name, tab}: Screen,
  {data}: ScreenContext,
): boolean {
  return name !== base.screen.name && (tab?.news(data, leftAtMs[name] ?? openedAtMs) ?? false);
}

function openedTab(
  state: ConsoleState,
  {name, opener}: Screen,
  context: ScreenContext,
): {readonly screen: OpenScreen} | {readonly refused: string} {
  const known = state.kept.find(({screen}) => screen.name === name);
  return known === undefined ? opener.open(seenContext(state, context), null) : {screen: known};
}

/** The tabs as they are to be when they are shown again. */
function keptBy({kept, base}: ConsoleState, {data}: ScreenContext): readonly OpenScreen[] {
  const others = kept.filter(({screen}) => screen.name !== base.screen.name);
  return base.keeps(data) ? [...others, base.unprompted()] : others;
}
