import {chainsOf} from '../../../domain/diagnosis/cause-chains.ts';
import type {Layout} from '../../../layout/layout-schema.ts';
import type {PanelKind} from '../../../layout/panel-kinds.ts';
import type {PlacedPanel} from '../../../layout/solve-layout.ts';
import {commandText} from '../../../views/details/command.ts';
import {type KeyId, keySpec} from '../../keys/key-table.ts';
import {findingsScreen, initialFindings, remedyOf} from '../findings-screen.ts';
import {
  type Copied,
  type Framed,
  type Reaction,
  type Refused,
  refuse,
  type ScreenContext,
  type ScreenKey,
  stay,
} from '../screen.ts';
import {edgeReasons, isSame} from '../scrolling.ts';
import {aloneFrames} from './alone-frames.ts';
import {type Arrangement, arrange, type Focus} from './arrange.ts';
import {layoutStateOf} from './layout-state.ts';
import {type PanelInput, type PanelViews, panelFrame} from './panel-frames.ts';
import {withUnseenNote} from './unseen-note.ts';

/** The state of every screen with panels. */
export type FocusState = Focus & {
  /** True for a panel that is zoomed because there is no room for it next to the others: with the focus on another one, it no longer is. */
  readonly isPassing: boolean;
  /** Rows of the text of a zoomed panel scrolled out at the top. */
  readonly offset: number;
};

/** No panel was chosen yet. */
export const initialFocus: FocusState = {focusedPanelId: null, isZoomed: false, isPassing: false, offset: 0};

export type Arrange<State> = (state: State, context: ScreenContext) => Arrangement;

/** Where the panels of a layout are on a screen: the same object until something moves. */
export function arrangeOf<State extends FocusState>(layout: () => Layout): Arrange<State> {
  let last: {readonly by: readonly unknown[]; readonly arrangement: Arrangement} | null = null;
  return ({focusedPanelId: focused, isZoomed}, {terminal, area, data}) => {
    const current = layout();
    const engine = layoutStateOf(data);
    const {column, row, columns, rows} = area;
    const by = [current, engine, focused, isZoomed, terminal.columns, terminal.rows, column, row, columns, rows];
    if (last === null || by.some((value, index) => value !== last?.by[index])) {
      last = {by, arrangement: arrange(current, {terminal, area, engine}, {focusedPanelId: focused, isZoomed})};
    }
    return last.arrangement;
  };
}

/** What a screen has chosen in its panels, and how far they are scrolled; `textOffset` of a panel that is shown alone. */
type Shown = Partial<Pick<PanelInput, 'logEnd' | 'chosenGpu' | 'window' | 'requests' | 'textOffset'>>;

/** The panels as pictures, with what the screen has chosen in them. */
export function drawPanels(
  views: PanelViews,
  arrangement: Arrangement,
  context: ScreenContext,
  {logEnd = null, chosenGpu = null, window = null, requests = null, textOffset = null}: Shown = {},
): readonly Framed[] {
  const {panels, focusedId} = arrangement;
  const frameOf = (placed: PlacedPanel): Framed =>
    panelFrame({
      views,
      placed,
      ...context,
      isFocused: placed.id === focusedId && context.isOnTop,
      logEnd: placed.panel === 'log' ? logEnd : null,
      chosenGpu: placed.panel === 'gpu-table' ? chosenGpu : null,
      window,
      requests,
      textOffset: placed.panel === 'log' ? null : textOffset,
    });
  const [only, ...others] = panels;
  const frames = only !== undefined && others.length === 0 ? aloneFrames(only, frameOf) : panels.map(frameOf);
  return withUnseenNote(frames, arrangement, context.keymap);
}

/** The state with the focused panel scrolled by a row, the same one at an end; null where it has no more rows than there is room for. */
export type ScrollRow<State> = (state: State, step: 'up' | 'down', context: ScreenContext) => State | null;

/** The keys that choose a panel, zoom or open it, and scroll by a row. At an end a row key says so: held down, it would leave the panel. */
export function panelKeys<State extends FocusState>(
  arranged: Arrange<State>,
  scrollRow: ScrollRow<State>,
): readonly ScreenKey<State>[] {
  const moved = (state: State, step: 'up' | 'down', context: ScreenContext): Reaction<State> => {
    const arrangement = arranged(state, context);
    const scrolled = scrollRow(state, step, context);
    if (scrolled === null) return stay(moveFocus(state, arrangement, step === 'down' ? 1 : -1));
    if (!isSame(scrolled, state)) return stay(scrolled);
    const other = step === 'down' ? 'panel.next' : 'panel.previous';
    const remedy = withoutOthers(arrangement) === null ? `${context.keymap.shown(other)} focuses another panel.` : null;
    return refuse(edgeReasons[step], remedy);
  };
  return [
    ...focusKeys(arranged, 'panel.next', 'panel.previous'),
    ...(
      [
        ['panel.down', 'down'],
        ['panel.up', 'up'],
      ] as const
    ).map(
      ([id, step]): ScreenKey<State> => ({
        ...keySpec(id),
        unavailable: (state, context) =>
          scrollRow(state, step, context) === null ? withoutOthers(arranged(state, context)) : null,
        press: (state, context) => moved(state, step, context),
      }),
    ),
    zoomKey(arranged),
    {
      ...keySpec('panel.enter'),
      unavailable: (state, context) =>
        opensFindings(state, arranged(state, context), context) ? null : withoutZoom(arranged(state, context)),
      press: (state, context) => enter(state, arranged(state, context), context),
    },
  ];
}

/** Two keys that choose the next and the previous panel. */
export function focusKeys<State extends FocusState>(
  arranged: Arrange<State>,
  next: KeyId,
  previous: KeyId,
): readonly ScreenKey<State>[] {
  const unavailable = (state: State, context: ScreenContext): Refused | null => withoutOthers(arranged(state, context));
  return [
    {...keySpec(next), unavailable, press: (state, context) => stay(moveFocus(state, arranged(state, context), 1))},
    {
      ...keySpec(previous),
      unavailable,
      press: (state, context) => stay(moveFocus(state, arranged(state, context), -1)),
    },
  ];
}

/** Why no other panel can have the focus; null where there are several. */
function withoutOthers({known}: Arrangement): Refused | null {
  return known.length < 2 ? refuse('this screen has no other panel') : null;
}

/** Why the focused panel cannot be zoomed, or shown among the others again; null where it can. */
function withoutZoom(arrangement: Arrangement): Refused | null {
  return arrangement.isZoomed ? null : withoutOthers(arrangement);
}

/** The key that zooms the focused panel. */
export function zoomKey<State extends FocusState>(arranged: Arrange<State>): ScreenKey<State> {
  return {
    ...keySpec('panel.zoom'),
    unavailable: (state, context) => withoutZoom(arranged(state, context)),
    press: (state, context) => stay(zoomed(state, arranged(state, context))),
  };
}

/** What is copied from the focused panel, where that is more useful than its text; null elsewhere. */
export function panelCopy<State extends FocusState>(arranged: Arrange<State>) {
  return (state: State, context: ScreenContext): Copied | null => {
    const {known, focusedId} = arranged(state, context);
    const {snapshot} = context.data;
    switch (known.find(({id}) => id === focusedId)?.panel) {
      case 'problem':
      case 'findings': {
        const first = chainsOf(snapshot?.findings ?? [])[0];
        return first === undefined ? null : remedyOf(first.cause);
      }
      case 'server': {
        const endpoint = snapshot?.engine.endpoint ?? null;
        return endpoint === null ? null : {what: `the endpoint ${endpoint}`, text: endpoint};
      }
      case 'command': {
        const command = snapshot?.engine.command ?? null;
        return command === null ? null : {what: 'the command of the engine', text: commandText(command)};
      }
      default:
        return null;
    }
  };
}

/** The state with the focus on a panel that is pointed at; one that is zoomed keeps it. */
export function focusedOn<State extends FocusState>(arranged: Arrange<State>) {
  return (state: State, panelId: string, context: ScreenContext): State =>
    arranged(state, context).isZoomed ? state : {...state, ...notZoomed, focusedPanelId: panelId};
}

const notZoomed = {isZoomed: false, isPassing: false, offset: 0} as const;

/** Zooms the focused panel, or shows the others again. A change of the engine's state does not zoom another panel. */
function zoomed<State extends FocusState>(state: State, {known, isZoomed, focusedId}: Arrangement): State {
  if (isZoomed) return {...state, ...notZoomed};
  // One without room next to the others keeps being the chosen one.
  const isKnown = known.some(({id}) => id === state.focusedPanelId);
  return {...state, ...notZoomed, focusedPanelId: isKnown ? state.focusedPanelId : focusedId, isZoomed: true};
}

/** The state without a zoomed panel; null where none is shown alone. */
export function unzoomed<State extends FocusState>(arranged: Arrange<State>) {
  return (state: State, context: ScreenContext): State | null =>
    arranged(state, context).isZoomed ? {...state, ...notZoomed} : null;
}

/** Opens what there is to read of the panel; otherwise the same as the key that zooms. */
function enter<State extends FocusState>(
  state: State,
  arrangement: Arrangement,
  context: ScreenContext,
): Reaction<State> {
  return opensFindings(state, arrangement, context)
    ? {kind: 'open', screen: findingsScreen.opened(initialFindings)}
    : stay(zoomed(state, arrangement));
}

/** Findings are read first, until another panel was chosen. */
function opensFindings(state: FocusState, {known, focusedId}: Arrangement, {data}: ScreenContext): boolean {
  const isOnFindings = known.some(({id, panel}) => id === focusedId && isOfFindings(panel));
  const hasChosen = state.focusedPanelId !== null || state.isZoomed;
  const hasFindings = (data.snapshot?.findings.length ?? 0) > 0;
  const hasPanel = known.some(({panel}) => isOfFindings(panel));
  return hasFindings && (isOnFindings || (hasPanel && !hasChosen));
}

function isOfFindings(panel: PanelKind): boolean {
  return panel === 'findings' || panel === 'problem';
}

/** The focus on the next panel of the layout; one without room next to the others is shown alone while it has the focus. */
function moveFocus<State extends FocusState>(state: State, arrangement: Arrangement, step: 1 | -1): State {
  const {known, focusedId} = arrangement;
  const current = known.findIndex(({id}) => id === focusedId);
  const next = known[(current + step + known.length) % known.length];
  if (next === undefined) return state;
  const isPassing = arrangement.isZoomed ? state.isPassing : !next.isShown;
  const isZoomed = isPassing ? !next.isShown : arrangement.isZoomed;
  return {...state, focusedPanelId: next.id, isZoomed, isPassing: isPassing && isZoomed, offset: 0};
}
