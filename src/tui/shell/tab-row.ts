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
export function tabRow(input: TabRowInput): Row {
  return placedTabs(input).flatMap(({gap, spans}): Span[] => [...gap, ...spans]);
}

/** The tab in this column of the row; null between them. */
export function tabAt(input: TabRowInput, column: number): Screen | null {
  const {pen} = input.context;
  let start = 0;
  for (const {tab, gap, spans} of placedTabs(input)) {
    start += rowWidth(gap, pen);
    const end = start + rowWidth(spans, pen);
    if (column >= start && column < end) return tab;
    start = end;
  }
  return null;
}

type PlacedTab = {readonly tab: Screen; readonly gap: Row; readonly spans: Row};

function placedTabs({state, screens, context, columns}: TabRowInput): readonly PlacedTab[] {
  const tabs = tabsOf(screens);
  const placed = (gap: string, isShort: boolean): readonly PlacedTab[] =>
    tabs.map((tab, index) => ({
      tab,
      gap: index === 0 ? [] : [{text: gap, tone: 'normal'}],
      spans: tabSpans(tab, state, context, isShort),
    }));
  const forms = [placed('  ', false), placed(' ', false)];
  const width = (form: readonly PlacedTab[]): number =>
    form.reduce((sum, {gap, spans}) => sum + rowWidth([...gap, ...spans], context.pen), 0);
  return forms.find((form) => width(form) <= columns) ?? placed(' ', true);
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
