import {type ConsoleData, isSameExceptLog} from '../../../client/console-data.ts';
import type {PanelKind} from '../../../layout/panel-kinds.ts';
import type {PlacedPanel} from '../../../layout/solve-layout.ts';
import type {PanelView, PanelViewFunction} from '../../../views/rows.ts';
import type {ChosenWindow, WindowFigures} from '../../../views/view-input.ts';
import {keyLine} from '../../keys/key-line.ts';
import {keySpec} from '../../keys/key-table.ts';
import type {Keymap} from '../../keys/keymap.ts';
import {innerSize, type PanelSize} from '../../painting/paint-panel.ts';
import type {Pen} from '../../painting/paint-row.ts';
import {disabledReason, type Framed} from '../screen.ts';
import {scrolledText} from './scrolled-text.ts';

export type PanelViews = Readonly<Record<PanelKind, PanelViewFunction>>;

/** Everything that the picture of a panel depends on. */
export type PanelInput = {
  readonly views: PanelViews;
  readonly placed: PlacedPanel;
  readonly data: ConsoleData;
  readonly nowMs: number;
  readonly isFocused: boolean;
  /** Number of the newest log line to show; null follows. */
  readonly logEnd: number | null;
  /** Index of the GPU that is chosen in a table of GPUs; null for none. */
  readonly chosenGpu: number | null;
  /** The time that the operator chose for plots; null for the recent past. */
  readonly window: ChosenWindow | null;
  /** Figures of the requests in that time; null where there are none. */
  readonly requests: WindowFigures | null;
  /** Rows that are scrolled out at the top of a panel with more rows than its place; null where it does not scroll. */
  readonly textOffset: number | null;
  readonly pen: Pen;
  readonly keymap: Keymap;
  /** True where nothing that acts can be done; left out or false otherwise. */
  readonly isReadOnly?: boolean;
};

/** What a panel is drawn from, whichever part of it is shown. */
export type WholePanel = Pick<PanelInput, 'views' | 'placed' | 'data' | 'nowMs' | 'pen' | 'keymap'> &
  Partial<Pick<PanelInput, 'isFocused' | 'chosenGpu' | 'window' | 'requests' | 'isReadOnly'>>;

/** A panel in its rectangle. With the same data at the same time it is the picture before: a place keeps its last one. */
export function panelFrame(input: PanelInput): Framed {
  const {placed, isFocused} = input;
  const seen = placed.panel === 'log' ? input : {...input, data: withoutLog(input.data)};
  const last = drawn.get(placed);
  const view = last !== undefined && isSameInput(last.input, seen) ? last.view : panelView(seen);
  if (last?.view !== view) drawn.set(placed, {input: seen, view});
  return {id: placed.id, rect: placed.rect, view, isFocused};
}

const drawn = new WeakMap<PlacedPanel, {readonly input: PanelInput; readonly view: PanelView}>();

/** Everything that a picture depends on, except its place and its border. */
function isSameInput(one: PanelInput, other: PanelInput): boolean {
  return (
    one.nowMs === other.nowMs &&
    one.isFocused === other.isFocused &&
    one.views === other.views &&
    one.pen.glyphs === other.pen.glyphs &&
    one.logEnd === other.logEnd &&
    one.chosenGpu === other.chosenGpu &&
    one.window?.lengthMs === other.window?.lengthMs &&
    one.window?.problem === other.window?.problem &&
    one.requests?.figures === other.requests?.figures &&
    one.textOffset === other.textOffset &&
    one.keymap === other.keymap &&
    one.data.log === other.data.log &&
    isSameExceptLog(one.data, other.data)
  );
}

const noLog: ConsoleData['log'] = [];

/** What panels other than that of the log are given: they cannot depend on its lines. */
function withoutLog(data: ConsoleData): ConsoleData {
  return {...data, log: noLog};
}

function panelView(input: PanelInput): PanelView {
  const {placed, keymap} = input;
  const size = innerSize(placed.rect);
  if (input.textOffset !== null) {
    const whole = wholeText(input);
    if (whole.rows.length > size.rows) return scrolledText(whole, input.textOffset, size, keymap);
  }
  const data = placed.panel === 'log' ? scrolledTo(input.data, input.logEnd, size.rows) : input.data;
  const view = viewOf({...input, data}, size);
  return data === input.data
    ? view
    : {...view, titleNote: `up to line ${newestLine(data)}, ${keymap.shown('log.end')} follows`};
}

/** More rows of a text cannot be scrolled to. */
const MOST_ROWS = 500;

/** A panel with all that it has to say, as wide as its place, without the plot that fills the rows that are left. */
export function wholeText(input: WholePanel): PanelView {
  return viewOf(input, {columns: innerSize(input.placed.rect).columns, rows: MOST_ROWS, isText: true});
}

/** A failing view affects only its own panel, never the whole console. */
function viewOf(
  {
    views,
    placed,
    data,
    nowMs,
    pen,
    keymap,
    isFocused = false,
    chosenGpu = null,
    window = null,
    requests = null,
    isReadOnly = false,
  }: WholePanel,
  size: PanelSize & {readonly isText?: boolean},
): PanelView {
  try {
    return views[placed.panel]({
      ...{data, nowMs, ...size, glyphs: pen.glyphs},
      keyOf: (action) =>
        disabledReason(keyLine(keySpec(action)), {data, isReadOnly}) === null ? keymap.shown(action) : null,
      options: placed.options,
      isFocused,
      chosenGpu,
      window,
      requests,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      title: placed.id,
      titleNote: 'failed',
      tone: 'critical',
      rows: [[{text: `This panel failed: ${message}`, tone: 'critical'}]],
    };
  }
}

/**
 * The data with `logEnd` as the newest line: views show the end of their input. If that line is no longer in memory, the
 * oldest remaining page.
 */
function scrolledTo(data: ConsoleData, logEnd: number | null, rows: number): ConsoleData {
  const end = Math.max(logEnd ?? 0, (data.log[0]?.number ?? 0) + rows - 1);
  if (logEnd === null || newestLine(data) <= end) return data;
  return {...data, log: data.log.filter(({number}) => number <= end)};
}

function newestLine({log}: ConsoleData): number {
  return log[log.length - 1]?.number ?? 0;
}
