import type {Row} from '../views/rows.ts';
import type {Canvas} from './canvas/canvas.ts';
import {type FramePart, paintFrame} from './painting/paint-frame.ts';
import {drawable} from './painting/paint-row.ts';
import type {Framed, Screen, ScreenContext} from './screens/screen.ts';
import type {ConsoleState} from './shell/console-state.ts';
import {footerRow} from './shell/footer-row.ts';
import {headerRow} from './shell/header-row.ts';
import {noticeRows, shownNotice} from './shell/notice-rows.ts';
import {tabRow} from './shell/tab-row.ts';
import {hasTabRow, isTooSmall} from './shell/terminal-area.ts';
import {tooSmallRow} from './shell/too-small.ts';
import {hasFindings, visibleFrames} from './shell/visible-frames.ts';

export type ConsolePicture = {
  readonly state: ConsoleState;
  readonly screens: readonly Screen[];
  readonly context: ScreenContext;
};

/** Draws the whole screen on an empty canvas, exactly as large as the window: header, tabs, screens, notice, footer. */
export function drawConsole(canvas: Canvas, picture: ConsolePicture): void {
  paintFrame(canvas, consoleParts(picture), picture.context.pen);
}

/** What the screen consists of, what is on top last. */
export function consoleParts({state, screens, context}: ConsolePicture): readonly FramePart[] {
  const {data, nowMs, pen, terminal: size} = context;
  const {columns, rows} = size;
  const line = (row: number, content: Row): FramePart => ({kind: 'line', row, content});
  if (isTooSmall(size)) return [line(0, tooSmallRow(data))];
  const notice = noticeRows(shownNotice(state, data, nowMs), columns, pen.glyphs);
  const frames = visibleFrames(state, screens, context);
  return [
    line(0, headerOf({state, screens, context}, frames)),
    ...(hasTabRow(size) ? [line(1, tabRow({state, screens, context, columns}))] : []),
    ...frames.map(({rect, view, isFocused}): FramePart => ({kind: 'panel', rect, view, isFocused})),
    ...notice.map((content, index) => line(rows - 1 - notice.length + index, content)),
    line(rows - 1, footerRow({state, screens, context, columns})),
  ];
}

function headerOf({state, context}: ConsolePicture, frames: readonly Framed[]): Row {
  const {data, nowMs, pen, terminal, linkDelayMs} = context;
  const findings = hasFindings(frames) ? 'count' : 'message';
  const hasMoney = state.base.screen.name !== 'Cost';
  const frozenForMs = state.frozen === null ? null : nowMs - state.frozen.nowMs;
  return headerRow(data, nowMs, {columns: terminal.columns, findings, hasMoney, linkDelayMs, frozenForMs}, pen);
}

/** The same screen as text for a screen reader: no borders, no positions. */
export function consoleText({state, screens, context}: ConsolePicture): string {
  const {data, nowMs, pen, terminal} = context;
  const {columns} = terminal;
  const frames = visibleFrames(state, screens, context);
  const rows: readonly Row[] = [
    headerOf({state, screens, context}, frames),
    tabRow({state, screens, context, columns}),
    ...frames.flatMap(({view}) => [[{text: `${view.title} ${view.titleNote}`, tone: 'title'} as const], ...view.rows]),
    ...noticeRows(shownNotice(state, data, nowMs), columns, pen.glyphs),
    footerRow({state, screens, context, columns}),
  ];
  return rows
    .map((row) =>
      row
        .map(({text}) => drawable(text, pen))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
