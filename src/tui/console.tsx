import {Box, useInput, usePaste} from 'ink';
import {useMemo, useSyncExternalStore} from 'react';
import type {Layout} from '../layout/layout-schema.ts';
import type {PlacedPanel, Viewport} from '../layout/solve-layout.ts';
import type {PlanScreenFunction} from '../views/plan-screen/plan-screen.ts';
import type {RestartDialogViewFunction} from '../views/restart/restart-dialog-view.ts';
import {type KeyName, keyNames} from './keys/key-names.ts';
import {Painted} from './painted.tsx';
import {paintRow} from './painting/paint-row.ts';
import type {Pen} from './painting/pen.ts';
import {arrange} from './screen/arrange.ts';
import {footerRow} from './screen/footer-row.ts';
import {headerRow} from './screen/header-row.ts';
import {noticeRows} from './screen/notice-rows.ts';
import {overlayOf} from './screen/overlay.ts';
import {type PanelViews, panelLines} from './screen/panel-input.ts';
import {tooSmallLine} from './screen/too-small.ts';
import type {ConsoleState} from './state/console-state.ts';
import type {Frame} from './state/frames.ts';
import type {Store} from './state/store.ts';

export type ConsoleProps = {
  readonly frames: Store<Frame>;
  readonly state: Store<ConsoleState>;
  readonly layout: Layout;
  readonly panelViews: PanelViews;
  readonly restartDialogView: RestartDialogViewFunction;
  readonly planScreen: PlanScreenFunction;
  readonly pen: Pen;
  /** The window. Only whoever renders the root reads it: everything below gets its rectangle. */
  readonly size: Viewport;
  readonly onKey: (key: KeyName) => void;
  readonly onPaste: (text: string) => void;
};

/** The whole screen, exactly as large as the window: header, panels, footer, and what covers them. */
export function Console(props: ConsoleProps) {
  const {size, pen, layout, onKey, onPaste} = props;
  const frame = useSyncExternalStore(props.frames.subscribe, props.frames.get);
  const state = useSyncExternalStore(props.state.subscribe, props.state.get);
  useInput((input, key) => {
    for (const name of keyNames(input, key)) onKey(name);
  });
  usePaste(onPaste);
  const {focusedPanelId, isZoomed} = state;
  const arrangement = useMemo(
    () => arrange(layout, size, {focusedPanelId, isZoomed}),
    [layout, size, focusedPanelId, isZoomed],
  );
  const {columns, rows} = size;
  if (arrangement.isTooSmall) {
    const text = tooSmallLine(frame.data, size, pen);
    return <Screen size={size} parts={<Painted text={text} rect={{column: 0, row: 0, columns, rows: 1}} />} />;
  }
  const {data, nowMs} = frame;
  const overlay = overlayOf({...props, state, frame, area: arrangement.area});
  const notice = noticeRows(state.notice, nowMs, columns, pen.glyphs.ellipsis);
  return (
    <Screen
      size={size}
      parts={
        <>
          <Line row={0} columns={columns} text={paintRow(headerRow(data, nowMs, columns, pen), columns, pen)} />
          {(overlay?.isWhole === true ? [] : arrangement.panels).map((placed) => (
            <Panel
              key={placed.id}
              placed={placed}
              frame={frame}
              views={props.panelViews}
              isFocused={placed.id === arrangement.focusedId && overlay === null}
              logEnd={state.logEnd}
              pen={pen}
            />
          ))}
          {overlay === null ? null : <Painted text={overlay.lines.join('\n')} rect={overlay.rect} />}
          {notice.length === 0 ? null : (
            <Painted
              text={notice.map((row) => paintRow(row, columns, pen)).join('\n')}
              rect={{column: 0, row: rows - 1 - notice.length, columns, rows: notice.length}}
            />
          )}
          <Line
            row={rows - 1}
            columns={columns}
            text={paintRow(footerRow(data, state.overlay.kind, columns, pen), columns, pen)}
          />
        </>
      }
    />
  );
}

function Screen({size, parts}: {readonly size: Viewport; readonly parts: React.ReactNode}) {
  return (
    <Box width={size.columns} height={size.rows} flexShrink={0} overflow="hidden">
      {parts}
    </Box>
  );
}

function Line({row, columns, text}: {readonly row: number; readonly columns: number; readonly text: string}) {
  return <Painted text={text} rect={{column: 0, row, columns, rows: 1}} />;
}

type PanelProps = {
  readonly placed: PlacedPanel;
  readonly frame: Frame;
  readonly views: PanelViews;
  readonly isFocused: boolean;
  readonly logEnd: number | null;
  readonly pen: Pen;
};

function Panel({placed, frame, views, isFocused, logEnd, pen}: PanelProps) {
  const end = placed.panel === 'log' ? logEnd : null;
  const text = useMemo(
    () => panelLines({views, placed, ...frame, isFocused, logEnd: end, pen}).join('\n'),
    [views, placed, frame, isFocused, end, pen],
  );
  return <Painted text={text} rect={placed.rect} />;
}
