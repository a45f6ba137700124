import type {Rect} from '../../layout/solve-layout.ts';
import type {Row} from '../../views/rows.ts';
import {innerSize} from '../painting/paint-panel.ts';
import {
  cannot,
  disabledReason,
  type Framed,
  type OpenScreen,
  type Screen,
  type ScreenContext,
} from '../screens/screen.ts';
import {type ConsoleState, refusal, topScreen, withoutSaid, withTopScreen} from '../shell/console-state.ts';
import {reachableFrom} from '../shell/shell-keys.ts';
import {tabAt} from '../shell/tab-row.ts';
import {withTab} from '../shell/tabs.ts';
import {hasTabRow, isTooSmall} from '../shell/terminal-area.ts';
import {topContext} from '../shell/top-context.ts';
import type {PointerReport} from './report-filter.ts';

/** Row of the tabs, below the header. */
const TAB_ROW = 1;

/**
 * The console after a step of the wheel or a click. Nothing that acts on the node is ever done by it: the wheel scrolls what is under
 * the pointer, a click shows a tab, or chooses a panel or a row of a list. A dialog is answered by keys alone.
 */
export function pointed(
  state: ConsoleState,
  {kind, column, row}: PointerReport,
  screens: readonly Screen[],
  context: ScreenContext,
): ConsoleState {
  const {terminal} = context;
  const top = topScreen(state);
  if (top.screen.kind === 'dialog' || isTooSmall(terminal)) return state;
  if (kind === 'click' && row === TAB_ROW && hasTabRow(terminal)) {
    const tab = tabAt({state, screens, context, columns: terminal.columns}, column);
    return tab === null ? state : withClickedTab(state, tab, screens, context);
  }
  const seen = topContext(state, screens, context);
  const frame = top.draw(seen).findLast(({rect}) => isIn(rect, column, row));
  if (frame === undefined) return state;
  if (kind !== 'click') {
    return withScreen(state, top.wheel(kind === 'wheel-up' ? 'up' : 'down', frame.id, seen), context.nowMs);
  }
  const chosen = withClickedRow(top, frame, {kind, column, row}, seen) ?? top.click(frame.id, seen);
  return withScreen(state, chosen, context.nowMs);
}

function isIn(rect: Rect, column: number, row: number): boolean {
  const isInColumns = column >= rect.column && column < rect.column + rect.columns;
  return isInColumns && row >= rect.row && row < rect.row + rect.rows;
}

function withScreen(state: ConsoleState, screen: OpenScreen | null, nowMs: number): ConsoleState {
  return screen === null ? state : withoutSaid(withTopScreen(state, screen), nowMs);
}

function withClickedTab(
  state: ConsoleState,
  tab: Screen,
  screens: readonly Screen[],
  context: ScreenContext,
): ConsoleState {
  if (!reachableFrom(state.cover?.screen ?? null, screens).includes(tab)) return state;
  const reason = disabledReason(tab.opener, context);
  if (reason !== null) return {...state, notice: refusal(cannot(tab.opener, reason), context.nowMs)};
  return withTab(state, tab, context);
}

/** The screen with the clicked row of its list chosen; null where the click is on no row of a list. */
function withClickedRow(
  top: OpenScreen,
  {rect, view}: Framed,
  {column, row}: PointerReport,
  context: ScreenContext,
): OpenScreen | null {
  const {list} = top.screen;
  const inner = innerSize(rect);
  const [border, side] = [(rect.rows - inner.rows) / 2, (rect.columns - inner.columns) / 2];
  const columns = list?.columns ?? inner.columns;
  if (list === null || column - rect.column - side >= columns) return null;
  const distance = rowsFromMarked(view.rows, row - rect.row - border, columns);
  if (distance === null) return null;
  let screen = top;
  for (let steps = Math.abs(distance); steps > 0; steps -= 1) {
    const reaction = screen.act(distance > 0 ? list.next : list.previous, context);
    if (reaction?.kind !== 'stay') return null;
    screen = reaction.state;
  }
  return screen;
}

/**
 * How many entries below the marked one of a list this row is; null where it is none of a list with a marked row. What is indented
 * further belongs to the entry above it.
 */
function rowsFromMarked(rows: readonly Row[], clicked: number, columns: number): number | null {
  const texts = rows.map((row) =>
    row
      .map(({text}) => text)
      .join('')
      .slice(0, columns),
  );
  const marked = texts.findIndex((text) => text.startsWith('> '));
  if (marked === -1 || clicked < 0 || clicked >= texts.length) return null;
  const between = texts
    .map((text, index) => ({text, row: rows[index] ?? []}))
    .slice(Math.min(marked, clicked), Math.max(marked, clicked) + 1)
    .flatMap(({text, row}) => (isHeading(row) ? [] : [text]));
  if (!between.every(isListRow) || !isEntry(texts[clicked] ?? '') || isHeading(rows[clicked] ?? [])) return null;
  return Math.sign(clicked - marked) * (between.filter(isEntry).length - 1);
}

/** A heading between entries, such as a day. */
function isHeading(row: Row): boolean {
  return row.length > 0 && row.every(({tone}) => tone === 'title');
}

function isEntry(text: string): boolean {
  return /^.{2}\S/.test(text);
}

/** What is chosen, kept to compare, or neither. */
function isListRow(text: string): boolean {
  return /^(?:> |\+ | {2})/.test(text) && text.trim() !== '';
}
