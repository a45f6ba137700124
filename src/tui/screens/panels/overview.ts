import type {ConsoleData} from '../../../client/console-data.ts';
import type {Layout} from '../../../layout/layout-schema.ts';
import {keySpec} from '../../keys/key-table.ts';
import {innerSize} from '../../painting/paint-panel.ts';
import {type DefinedScreen, defineScreen} from '../define-screen.ts';
import {refuse, type ScreenContext, type ScreenKey, stay} from '../screen.ts';
import {FOLLOWED, type ScrollStep, scrollKeys, WHEEL_ROWS} from '../scrolling.ts';
import type {Arrangement, KnownPanel} from './arrange.ts';
import {
  arrangeOf,
  drawPanels,
  type FocusState,
  focusedOn,
  initialFocus,
  panelCopy,
  panelKeys,
  type ScrollRow,
  unzoomed,
} from './panel-focus.ts';
import type {PanelViews} from './panel-frames.ts';
import {startKey} from './start-key.ts';
import {hiddenRows, scrolled, type TextOf, textOffset} from './zoomed-text.ts';

/** Which panel has the focus, and how far the log is scrolled. */
type OverviewState = FocusState & {
  /** Number of the newest log line to show; null follows the log. */
  readonly logEnd: number | null;
};

export const initialOverview: OverviewState = {...initialFocus, logEnd: null};

/** The panels of a layout: the screen in which the console opens. */
export function overviewScreen(layout: Layout, views: PanelViews): DefinedScreen<OverviewState> {
  const arranged = arrangeOf<OverviewState>(() => layout);
  const text: TextOf<OverviewState> = {views, arranged};
  return defineScreen<OverviewState>({
    kind: 'screen',
    name: 'Overview',
    tab: {number: 1},
    opener: {...keySpec('screen.overview'), open: () => ({state: initialOverview})},
    keys: [startKey(), ...panelKeys(arranged, scrolledRow(text)), ...logKeys(text)],
    back: (state, context) => unzoomed(arranged)(state, context) ?? followed(state),
    click: focusedOn(arranged),
    wheel(state, step, panelId, context) {
      const arrangement = arranged(state, context);
      const isLog = arrangement.panels.some(({id, panel}) => id === panelId && panel === 'log');
      if (isLog) return scrollLog(state, step, arrangement, context, WHEEL_ROWS);
      return scrolled(state, step, text, context, WHEEL_ROWS);
    },
    copy: panelCopy(arranged),
    draw(state, context) {
      const arrangement = arranged(state, context);
      const shown = {logEnd: state.logEnd, textOffset: textOffset(state, arrangement)};
      return drawPanels(views, arrangement, context, shown);
    },
  });
}

/** A row of the log that has the focus, or of another text that is shown alone; null where all of it is shown. */
function scrolledRow(text: TextOf<OverviewState>): ScrollRow<OverviewState> {
  return (state, step, context) => {
    const arrangement = text.arranged(state, context);
    const log = arrangement.panels.find(({id, panel}) => id === arrangement.focusedId && panel === 'log');
    if (log !== undefined) {
      const isCut = context.data.log.length > innerSize(log.rect).rows;
      return isCut ? scrollLog(state, step, arrangement, context, 1) : null;
    }
    return hiddenRows(state, text, context) === 0 ? null : scrolled(state, step, text, context, 1);
  };
}

/** The keys of the log; those that scroll it scroll another panel that is shown alone, where that has more rows than the window. */
function logKeys(text: TextOf<OverviewState>): readonly ScreenKey<OverviewState>[] {
  const {arranged} = text;
  const hasText = (state: OverviewState, context: ScreenContext): boolean => hiddenRows(state, text, context) > 0;
  const lines = {
    up: keySpec('log.up'),
    down: keySpec('log.down'),
    start: keySpec('log.start'),
    end: {
      ...keySpec('log.end'),
      unavailable: (state: OverviewState, context: ScreenContext) =>
        state.logEnd === null && !hasText(state, context) ? refuse(FOLLOWED) : null,
    },
  };
  return [
    {
      ...keySpec('log.focus'),
      unavailable(state, context) {
        const arrangement = arranged(state, context);
        const log = logOf(arrangement);
        if (log === undefined) return refuse('this layout has no log panel');
        const isFocused = arrangement.focusedId === log.id && arrangement.panels.some(({id}) => id === log.id);
        return isFocused ? refuse('the log has the focus already') : null;
      },
      press: (state, context) => stay(focusLog(state, arranged(state, context)) ?? state),
    },
    ...scrollKeys<OverviewState>(
      (state, step, context) =>
        hasText(state, context)
          ? scrolled(state, step, text, context)
          : scrollLog(state, step, arranged(state, context), context),
      lines,
    ),
  ];
}

/** The state with the newest line of the log; null where that is shown already. */
function followed(state: OverviewState): OverviewState | null {
  return state.logEnd === null ? null : {...state, logEnd: null};
}

function logOf({known}: Pick<Arrangement, 'known'>): KnownPanel | undefined {
  return known.find(({panel}) => panel === 'log');
}

/** If there is no room for the log next to the other panels, it uses the whole screen. */
function focusLog(state: OverviewState, {known, isZoomed}: Arrangement): OverviewState | null {
  const log = logOf({known});
  if (log === undefined) return null;
  const isPassing = isZoomed ? state.isPassing : !log.isShown;
  return {...state, focusedPanelId: log.id, isZoomed: isZoomed || isPassing, isPassing, offset: 0};
}

/**
 * By so many lines, or pages with one common line, from the first full page to the newest line, where following resumes. A log that fits in
 * its panel is always followed.
 */
function scrollLog(
  state: OverviewState,
  step: ScrollStep,
  arrangement: Arrangement,
  {data, area}: {readonly data: ConsoleData; readonly area: ScreenContext['area']},
  lines?: number,
): OverviewState {
  const focused = focusLog(state, arrangement) ?? state;
  const oldest = data.log[0]?.number;
  const newest = data.log.at(-1)?.number;
  if (oldest === undefined || newest === undefined) return focused;
  const {rows} = innerSize(arrangement.panels.find(({panel}) => panel === 'log')?.rect ?? area);
  const page = lines ?? Math.max(1, rows - 1);
  const firstPageEnd = oldest + rows - 1;
  const end = Math.min(state.logEnd ?? newest, newest);
  const moved = Math.max(firstPageEnd, {up: end - page, down: end + page, start: firstPageEnd, end: newest}[step]);
  return {...focused, logEnd: moved >= newest ? null : moved};
}
