import type {ConsoleData} from '../../../client/console-data.ts';
import {blocksStarts} from '../../../domain/diagnosis/finding.ts';
import type {EngineState} from '../../../domain/lifecycle/phases.ts';
import type {Layout} from '../../../layout/layout-schema.ts';
import {unlessState} from '../../keys/engine-availability.ts';
import {innerSize} from '../../painting/paint-panel.ts';
import {findingsScreen, initialFindings} from '../findings-screen.ts';
import {
  type DefinedScreen,
  defineScreen,
  type Reaction,
  refuse,
  type ScreenContext,
  type ScreenKey,
  stay,
} from '../screen.ts';
import {type ScrollStep, scrollKeys} from '../scrolling.ts';
import {type Arrangement, arrange, type Focus, focusedPanelId} from './arrange.ts';
import {type PanelViews, panelFrame} from './panel-frames.ts';

/** Which panel has the focus, and how far the log is scrolled. */
export type OverviewState = Focus & {
  /** Number of the newest log line to show; null follows the log. */
  readonly logEnd: number | null;
};

export const initialOverview: OverviewState = {focusedPanelId: null, isZoomed: false, logEnd: null};

const startableStates: readonly EngineState[] = ['stopped', 'failed', 'backing-off', 'stopping'];

type Arrange = (state: OverviewState, context: ScreenContext) => Arrangement;

/** The panels of a layout: the console's base screen. */
export function overviewScreen(layout: Layout, views: PanelViews): DefinedScreen<OverviewState> {
  const arranged: Arrange = (state, {terminal, area}) => arrange(layout, terminal, area, state);
  return defineScreen<OverviewState>({
    kind: 'screen',
    name: 'Overview',
    opener: null,
    keys: [startKey, ...panelKeys(arranged), ...logKeys(arranged)],
    back,
    draw(state, context) {
      const {panels, focusedId} = arranged(state, context);
      return panels.map((placed) =>
        panelFrame({
          views,
          placed,
          ...context,
          isFocused: placed.id === focusedId && context.isOnTop,
          logEnd: placed.panel === 'log' ? state.logEnd : null,
        }),
      );
    },
  });
}

const startKey: ScreenKey<OverviewState> = {
  keys: ['s'],
  hint: 'start',
  description: 'start; takes an edited configuration',
  group: 'Engine',
  disabledReason: (data) => unlessState(data, startableStates) ?? startRefusal(data),
  press: () => ({kind: 'send', command: {type: 'start'}, pending: 'start the engine'}),
};

/** Why every start is refused now, so that none is offered; null if none is known. */
function startRefusal({snapshot}: ConsoleData): string | null {
  const blocking = snapshot?.findings.find(blocksStarts);
  return blocking === undefined ? null : `a start is refused: ${blocking.message}`;
}

function panelKeys(arranged: Arrange): readonly ScreenKey<OverviewState>[] {
  return [
    {
      keys: ['tab', 'right', 'down'],
      shown: 'Tab, arrows',
      hint: 'next',
      isMinor: true,
      description: 'focus the next panel',
      group: 'Panels',
      press: (state, context) => stay(moveFocus(state, arranged(state, context), 1)),
    },
    {
      keys: ['shift+tab', 'left', 'up'],
      shown: 'Shift+Tab',
      description: 'focus the previous panel',
      group: 'Panels',
      press: (state, context) => stay(moveFocus(state, arranged(state, context), -1)),
    },
    {
      keys: ['z'],
      hint: 'zoom',
      isMinor: true,
      description: 'zoom the focused panel, and back',
      group: 'Panels',
      press: (state) => stay(zoomed(state)),
    },
    {
      keys: ['enter'],
      shown: 'Enter',
      description: 'open the findings while there are any, or zoom the panel chosen with Tab',
      group: 'Panels',
      press: (state, context) => enter(state, arranged(state, context), context),
    },
  ];
}

const logScrolling = {
  up: {keys: ['page-up', 'k'], shown: 'PgUp, k', description: 'older lines', group: 'Log'},
  down: {keys: ['page-down', 'j'], shown: 'PgDn, j', description: 'newer lines', group: 'Log'},
  start: {keys: ['home', 'g'], shown: 'Home, g', description: 'oldest line', group: 'Log'},
  end: {
    keys: ['G', 'end'],
    shown: 'G, End',
    hint: 'follow',
    description: 'follow the log again',
    group: 'Log',
    unavailable: ({logEnd}: OverviewState) => (logEnd === null ? refuse('the log is followed already') : null),
  },
};

function logKeys(arranged: Arrange): readonly ScreenKey<OverviewState>[] {
  return [
    {
      keys: ['l'],
      hint: 'log',
      isMinor: true,
      description: 'focus the log',
      group: 'Log',
      press: (state, context): Reaction<OverviewState> => {
        const focused = focusLog(state, arranged(state, context));
        return focused === null ? refuse('this layout has no log panel') : stay(focused);
      },
    },
    ...scrollKeys<OverviewState>(
      (state, step, context) => scrollLog(state, step, arranged(state, context), context),
      logScrolling,
    ),
  ];
}

function zoomed(state: OverviewState): OverviewState {
  return {...state, isZoomed: !state.isZoomed};
}

/** Opens what there is to read of the panel; findings are read first, until another panel was chosen. */
function enter(state: OverviewState, {known, focusedId}: Arrangement, {data}: ScreenContext): Reaction<OverviewState> {
  const isOnFindings = known.find(({id}) => id === focusedId)?.panel === 'findings';
  const hasChosen = state.focusedPanelId !== null || state.isZoomed;
  const hasFindings = (data.snapshot?.findings.length ?? 0) > 0;
  if (hasFindings && (isOnFindings || !hasChosen))
    return {kind: 'open', screen: findingsScreen.opened(initialFindings)};
  return stay(zoomed(state));
}

function back(state: OverviewState): OverviewState | null {
  if (state.isZoomed) return {...state, isZoomed: false};
  return state.logEnd === null ? null : {...state, logEnd: null};
}

function moveFocus(state: OverviewState, {known}: Arrangement, step: 1 | -1): OverviewState {
  const reachable = known.filter(({isShown}) => isShown || state.isZoomed);
  const focusedId = focusedPanelId(known, state);
  const current = reachable.findIndex(({id}) => id === focusedId);
  const next = reachable[(current + step + reachable.length) % reachable.length];
  return next === undefined ? state : {...state, focusedPanelId: next.id};
}

/** If there is no room for the log next to the other panels, it uses the whole screen. */
function focusLog(state: OverviewState, {known}: Arrangement): OverviewState | null {
  const log = known.find(({panel}) => panel === 'log');
  return log === undefined ? null : {...state, focusedPanelId: log.id, isZoomed: state.isZoomed || !log.isShown};
}

/**
 * By pages with one common line, from the first full page to the newest line, where following resumes. A log that fits in
 * its panel is always followed.
 */
function scrollLog(
  state: OverviewState,
  step: ScrollStep,
  arrangement: Arrangement,
  {data, area}: {readonly data: ConsoleData; readonly area: ScreenContext['area']},
): OverviewState {
  const focused = focusLog(state, arrangement) ?? state;
  const oldest = data.log[0]?.number;
  const newest = data.log.at(-1)?.number;
  if (oldest === undefined || newest === undefined) return focused;
  const {rows} = innerSize(arrangement.panels.find(({panel}) => panel === 'log')?.rect ?? area);
  const page = Math.max(1, rows - 1);
  const firstPageEnd = oldest + rows - 1;
  const end = Math.min(state.logEnd ?? newest, newest);
  const moved = Math.max(firstPageEnd, {up: end - page, down: end + page, start: firstPageEnd, end: newest}[step]);
  return {...focused, logEnd: moved >= newest ? null : moved};
}
