import type {Rect} from '../../layout/solve-layout.ts';
import {assertNever} from '../../shared/assert-never.ts';
import {type EventsScreen, eventsScreen} from '../../views/events/events-screen.ts';
import type {PlanScreen, PlanScreenFunction} from '../../views/plan-screen/plan-screen.ts';
import type {RestartDialogViewFunction} from '../../views/restart/restart-dialog-view.ts';
import type {PanelView} from '../../views/rows.ts';
import {cureDialog} from '../dialogs/cure-dialog.ts';
import {restartContent, restartDialog} from '../dialogs/restart-dialog.ts';
import {stopDialog} from '../dialogs/stop-dialog.ts';
import {innerSize, paintPanel} from '../painting/paint-panel.ts';
import type {Pen} from '../painting/pen.ts';
import type {ConsoleState} from '../state/console-state.ts';
import type {Frame} from '../state/frames.ts';
import {helpView} from './help-view.ts';

export type OverlayInput = {
  readonly state: Pick<ConsoleState, 'overlay'>;
  readonly frame: Frame;
  readonly area: Rect;
  readonly pen: Pen;
  readonly restartDialogView: RestartDialogViewFunction;
  readonly planScreen: PlanScreenFunction;
};

/** What covers the panels: its lines, its place, and whether nothing of the panels is left to see. */
export type PaintedOverlay = {readonly lines: readonly string[]; readonly rect: Rect; readonly isWhole: boolean};

const QUESTION_COLUMNS = 76;
const RESTART_DIALOG_COLUMNS = 96;
const RESTART_DIALOG_ROWS = 28;

/** The overlay of a state, painted; null when nothing covers the panels. */
export function overlayOf(input: OverlayInput): PaintedOverlay | null {
  const {state, frame, area, pen} = input;
  const {overlay} = state;
  const {snapshot} = frame.data;
  switch (overlay.kind) {
    case 'none':
      return null;
    case 'help':
      return painted(helpView(frame.data, overlay.offset, innerSize(area).rows), area, area, pen);
    case 'stop':
    case 'cure': {
      if (snapshot === null) return null;
      const columns = Math.min(QUESTION_COLUMNS, area.columns);
      const inside = {...innerSize({columns, rows: area.rows}), snapshot, glyphs: pen.glyphs};
      const view = overlay.kind === 'stop' ? stopDialog({...overlay, ...inside}) : cureDialog({...overlay, ...inside});
      return painted(view, centered(area, columns, view.rows.length + 2), area, pen);
    }
    case 'restart': {
      if (snapshot === null) return null;
      const rect = restartRect(area);
      const view = restartDialog(input.restartDialogView, {
        snapshot,
        draft: overlay.draft,
        ...innerSize(rect),
        glyphs: pen.glyphs,
      });
      return painted(view, rect, area, pen);
    }
    case 'events': {
      const screen = eventsScreenOf(input);
      return screen === null ? null : painted(screen.view, area, area, pen);
    }
    case 'plan': {
      const screen = planScreenOf(input);
      return screen === null ? null : painted(screen.view, area, area, pen);
    }
    default:
      return assertNever(overlay);
  }
}

/** Why Enter does nothing in the restart dialog just now; null when it may, or when there is no such dialog. */
export function restartBlockedReason(input: OverlayInput): string | null {
  const {overlay} = input.state;
  const {snapshot} = input.frame.data;
  if (overlay.kind !== 'restart' || snapshot === null) return null;
  const size = innerSize(restartRect(input.area));
  const content = restartContent(input.restartDialogView, {
    snapshot,
    draft: overlay.draft,
    ...size,
    glyphs: input.pen.glyphs,
  });
  return content.canConfirm ? null : (content.blockedReason ?? 'this context length cannot be started');
}

/** The Plan screen as it is drafted; null when it is not open. */
export function planScreenOf({state, frame, area, pen, planScreen}: OverlayInput): PlanScreen | null {
  const {overlay} = state;
  const {snapshot} = frame.data;
  if (overlay.kind !== 'plan' || snapshot === null) return null;
  const {draft, field, offset} = overlay;
  return planScreen({snapshot, draft, field, offset, ...innerSize(area), glyphs: pen.glyphs});
}

/** The Events screen as it is scrolled; null when it is not open. */
export function eventsScreenOf({state, frame, area, pen}: OverlayInput): EventsScreen | null {
  const {overlay} = state;
  if (overlay.kind !== 'events') return null;
  const {events} = frame.data;
  return eventsScreen({events, offset: overlay.offset, ...innerSize(area), glyphs: pen.glyphs});
}

function restartRect(area: Rect): Rect {
  return centered(area, RESTART_DIALOG_COLUMNS, RESTART_DIALOG_ROWS);
}

function centered(area: Rect, wantedColumns: number, wantedRows: number): Rect {
  const columns = Math.min(wantedColumns, area.columns);
  const rows = Math.min(wantedRows, area.rows);
  return {
    column: area.column + Math.floor((area.columns - columns) / 2),
    row: area.row + Math.floor((area.rows - rows) / 2),
    columns,
    rows,
  };
}

function painted(view: PanelView, rect: Rect, area: Rect, pen: Pen): PaintedOverlay {
  const isWhole = rect.columns === area.columns && rect.rows === area.rows;
  return {lines: paintPanel(view, rect, true, pen), rect, isWhole};
}
