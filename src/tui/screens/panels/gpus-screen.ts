import type {GpuView} from '../../../api/snapshot.ts';
import type {ConsoleData} from '../../../client/console-data.ts';
import type {Layout} from '../../../layout/layout-schema.ts';
import {gpuCardQuery, gpuCardView} from '../../../views/gpu-card/gpu-card-view.ts';
import {freshnessNote} from '../../../views/panels/freshness.ts';
import type {PanelView} from '../../../views/rows.ts';
import {withoutHistory} from '../../keys/engine-availability.ts';
import {keySpec} from '../../keys/key-table.ts';
import {type DefinedScreen, defineScreen} from '../define-screen.ts';
import {type Framed, type Refused, refuse, type ScreenContext, type ScreenKey, stay} from '../screen.ts';
import {whole, wholeSize} from '../screen-place.ts';
import {pageOf, type ScrollStep, scrolledOffset, scrollKeys, WHEEL_ROWS} from '../scrolling.ts';
import {KEPT_WINDOW, noLongerWindow, noShorterWindow} from './chosen-window.ts';
import {
  type Arrange,
  arrangeOf,
  drawPanels,
  type FocusState,
  focusedOn,
  focusKeys,
  initialFocus,
  panelCopy,
  unzoomed,
  zoomKey,
} from './panel-focus.ts';
import type {PanelViews} from './panel-frames.ts';
import {scrolledText} from './scrolled-text.ts';
import {startKey} from './start-key.ts';
import {hiddenRows, NOTHING_TO_SCROLL, scrolled, type TextOf, textOffset} from './zoomed-text.ts';

/** Which GPU is chosen, whether it is open, and over which time its plots are. */
type GpusState = FocusState & {
  /** Index of the GPU; null for the first one. */
  readonly chosen: number | null;
  readonly isOpen: boolean;
  /** Place in `windowLengths`. */
  readonly window: number;
};

const initialGpus: GpusState = {...initialFocus, chosen: null, isOpen: false, window: KEPT_WINDOW};

/** The panels of the GPUs, and in their place one GPU in full. */
export function gpusScreen(layout: () => Layout, views: PanelViews): DefinedScreen<GpusState> {
  const arranged = arrangeOf<GpusState>(layout);
  const text: TextOf<GpusState> = {views, arranged};
  return defineScreen<GpusState>({
    kind: 'screen',
    name: 'GPUs',
    tab: {number: 2},
    opener: {...keySpec('screen.gpus'), open: () => ({state: initialGpus})},
    keys: [
      startKey(),
      ...chooseKeys(arranged),
      ...openKeys,
      ...pageKeys(text),
      ...focusKeys(arranged, 'gpus.next-panel', 'gpus.previous-panel').map(whileClosed),
      whileClosed(zoomKey(arranged)),
    ],
    back(state, context) {
      return state.isOpen ? {...state, isOpen: false, offset: 0} : unzoomed(arranged)(state, context);
    },
    wheel: (state, step, _, context) =>
      state.isOpen ? scrolledCard(state, step, context, WHEEL_ROWS) : scrolled(state, step, text, context, WHEEL_ROWS),
    click: (state, panelId, context) => (state.isOpen ? state : focusedOn(arranged)(state, panelId, context)),
    list: {next: 'gpus.next', previous: 'gpus.previous'},
    copy: (state, context) => (state.isOpen ? null : panelCopy(arranged)(state, context)),
    history: (state) => (state.isOpen ? {window: gpuCardQuery(state.chosen ?? 0, state.window), moment: null} : null),
    draw(state, context) {
      if (state.isOpen) return openGpu(state, context);
      const arrangement = arranged(state, context);
      return drawPanels(views, arrangement, context, {
        chosenGpu: chosenOf(state, context)?.index ?? null,
        textOffset: textOffset(state, arrangement),
      });
    },
  });
}

/** The keys that choose a GPU, where that is seen: in a table of GPUs, or while one is open. */
function chooseKeys(arranged: Arrange<GpusState>): readonly ScreenKey<GpusState>[] {
  const unavailable = (state: GpusState, context: ScreenContext): Refused | null => {
    if (gpusOf(context).length < 2) return refuse('there is no other GPU');
    const hasTable = arranged(state, context).panels.some(({panel}) => panel === 'gpu-table');
    return state.isOpen || hasTable ? null : refuse('no table of GPUs is shown');
  };
  return [
    {...keySpec('gpus.next'), unavailable, press: (state, context) => stay(choose(state, context, 1))},
    {...keySpec('gpus.previous'), unavailable, press: (state, context) => stay(choose(state, context, -1))},
  ];
}

const openKeys: readonly ScreenKey<GpusState>[] = [
  {
    ...keySpec('gpus.open'),
    unavailable: ({isOpen}, context) => {
      if (isOpen) return alreadyOpen();
      return gpusOf(context).length === 0 ? refuse('no GPU was read yet') : null;
    },
    press: (state, context) =>
      stay({...state, chosen: chosenOf(state, context)?.index ?? null, isOpen: true, offset: 0}),
  },
  {
    ...keySpec('gpus.shorter'),
    unavailable: ({isOpen, window}, {data}) => (isOpen ? (unread(data) ?? noShorterWindow(window)) : closed()),
    press: (state) => stay({...state, window: state.window - 1}),
  },
  {
    ...keySpec('gpus.longer'),
    unavailable: ({isOpen, window}, {data}) => (isOpen ? (unread(data) ?? noLongerWindow(window)) : closed()),
    press: (state) => stay({...state, window: state.window + 1}),
  },
];

/** Why the plots of a GPU cannot be read, of whatever time. */
function unread(data: ConsoleData): Refused | null {
  const reason = withoutHistory(data);
  return reason === null ? null : refuse(reason);
}

function closed(): Refused {
  return refuse('no GPU is open; Enter opens the chosen one');
}

function alreadyOpen(): Refused {
  return refuse('a GPU is open; Esc closes it');
}

function whileClosed(key: ScreenKey<GpusState>): ScreenKey<GpusState> {
  return {
    ...key,
    unavailable: (state, context) => (state.isOpen ? alreadyOpen() : (key.unavailable?.(state, context) ?? null)),
  };
}

function gpusOf({data}: ScreenContext): readonly GpuView[] {
  return data.snapshot?.gpus ?? [];
}

/** The chosen GPU; the first one if it is gone. */
function chosenOf({chosen}: GpusState, context: ScreenContext): GpuView | undefined {
  const gpus = gpusOf(context);
  return gpus.find(({index}) => index === chosen) ?? gpus[0];
}

function choose(state: GpusState, context: ScreenContext, step: 1 | -1): GpusState {
  const gpus = gpusOf(context);
  const place = gpus.findIndex(({index}) => index === chosenOf(state, context)?.index);
  const next = gpus[(place + step + gpus.length) % Math.max(1, gpus.length)];
  return next === undefined ? state : {...state, chosen: next.index, offset: 0};
}

/** The whole card, also what the window has no rows for. */
function cardOf({chosen, window}: GpusState, context: ScreenContext): PanelView {
  const {data, nowMs, history, pen} = context;
  return gpuCardView({
    ...{data, index: chosen ?? 0, window, answer: history.window, nowMs, ...wholeSize(context), glyphs: pen.glyphs},
    freshness: freshnessNote({data, nowMs}, 'gpus'),
  });
}

function openGpu(state: GpusState, context: ScreenContext): readonly Framed[] {
  const shown = scrolledText(cardOf(state, context), state.offset, wholeSize(context), context.keymap, {
    up: 'gpus.scroll-up',
    down: 'gpus.scroll-down',
  });
  return whole('gpu', shown, context);
}

/** They scroll the open GPU, or the panel that is zoomed. */
function pageKeys(text: TextOf<GpusState>): readonly ScreenKey<GpusState>[] {
  const lines = {
    up: keySpec('gpus.scroll-up'),
    down: keySpec('gpus.scroll-down'),
    start: keySpec('gpus.scroll-start'),
    end: keySpec('gpus.scroll-end'),
  };
  const keys = scrollKeys<GpusState>(
    (state, step, context) =>
      state.isOpen ? scrolledCard(state, step, context) : scrolled(state, step, text, context),
    lines,
  );
  return keys.map((key) => ({
    ...key,
    unavailable: (state, context) => {
      if (state.isOpen) return hiddenCardRows(state, context) === 0 ? refuse('all of this GPU is shown') : null;
      if (!state.isZoomed) return closed();
      return hiddenRows(state, text, context) === 0 ? refuse(NOTHING_TO_SCROLL) : null;
    },
  }));
}

function scrolledCard(
  state: GpusState,
  step: ScrollStep,
  context: ScreenContext,
  rows = pageOf(wholeSize(context).rows),
): GpusState {
  return {...state, offset: scrolledOffset(state.offset, step, rows, hiddenCardRows(state, context))};
}

function hiddenCardRows(state: GpusState, context: ScreenContext): number {
  return Math.max(0, cardOf(state, context).rows.length - wholeSize(context).rows);
}
