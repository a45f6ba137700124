import type {Row, Span} from '../../views/rows.ts';
import {rowWidth} from '../painting/paint-row.ts';
import type {Screen, ScreenContext} from '../screens/screen.ts';
import type {ConsoleState} from './console-state.ts';
import {tabsOf} from './shell-keys.ts';
import {hasNews} from './tabs.ts';

export type TabRowInput = {
  readonly state: ConsoleState;
  readonly screens: readonly Screen[];
  readonly context: ScreenContext;
  readonly columns: number;
};

/**
 * `1 Overview  6 Logs  7 Plan  9 Events·`: the screens by number, the shown one marked, a dot where there is something new. In
 * a narrow window only the shown one has its name.
 */
export function tabRow({state, screens, context, columns}: TabRowInput): Row {
  const tabs = tabsOf(screens);
  const row = (gap: string, isShort: boolean): Row =>
    tabs.flatMap((tab, index): Span[] => [
      ...(index === 0 ? [] : [{text: gap, tone: 'normal'} as const]),
      ...tabSpans(tab, state, context, isShort),
    ]);
  const forms = [row('  ', false), row(' ', false)];
  return forms.find((form) => rowWidth(form, context.pen) <= columns) ?? row(' ', true);
}

/** The shown one also has brackets where there is no color. */
function tabSpans(tab: Screen, state: ConsoleState, context: ScreenContext, isShort: boolean): Span[] {
  const isShown = tab.name === state.base.screen.name;
  const name = isShort && !isShown ? '' : ` ${tab.name}`;
  const text = `${tab.tab?.number ?? ''}${name}`;
  if (isShown) return [{text: `[${text}]`, tone: 'accent'}];
  const news: Span[] = hasNews(state, tab, context) ? [{text: context.pen.glyphs.bullet, tone: 'warning'}] : [];
  return [{text, tone: 'dim'}, ...news];
}
