import type {ConsoleData} from '../../../client/console-data.ts';
import type {PanelKind} from '../../../layout/panel-kinds.ts';
import type {PlacedPanel} from '../../../layout/solve-layout.ts';
import type {PanelView, PanelViewFunction} from '../../../views/rows.ts';
import {innerSize} from '../../painting/paint-panel.ts';
import type {Pen} from '../../painting/paint-row.ts';
import type {Framed} from '../screen.ts';

export type PanelViews = Readonly<Record<PanelKind, PanelViewFunction>>;

type PanelInput = {
  readonly views: PanelViews;
  readonly placed: PlacedPanel;
  readonly data: ConsoleData;
  readonly nowMs: number;
  readonly isFocused: boolean;
  /** Number of the newest log line to show; null follows. */
  readonly logEnd: number | null;
  readonly pen: Pen;
};

/** A panel in its rectangle. */
export function panelFrame(input: PanelInput): Framed {
  const {placed, isFocused} = input;
  return {id: placed.id, rect: placed.rect, view: panelView(input), isFocused};
}

/** A failing view affects only its own panel, never the whole console. */
function panelView(input: PanelInput): PanelView {
  const {views, placed, nowMs, pen} = input;
  const isLog = placed.panel === 'log';
  const size = innerSize(placed.rect);
  const data = isLog ? scrolledTo(input.data, input.logEnd, size.rows) : input.data;
  try {
    const view = views[placed.panel]({data, nowMs, glyphs: pen.glyphs, ...size, options: placed.options});
    return data === input.data ? view : {...view, titleNote: `up to line ${newestLine(data)}, G follows`};
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
