import {Box, useInput, usePaste} from 'ink';
import {useSyncExternalStore} from 'react';
import type {Previews} from '../client/previews.ts';
import type {Viewport} from '../layout/solve-layout.ts';
import type {Row} from '../views/rows.ts';
import {type KeyName, keyNames} from './keys/key-names.ts';
import {Painted} from './painted.tsx';
import {paintPanel} from './painting/paint-panel.ts';
import {type Pen, paintRow} from './painting/paint-row.ts';
import type {Screen, ScreenContext} from './screens/screen.ts';
import type {ConsoleState} from './shell/console-state.ts';
import {footerRow} from './shell/footer-row.ts';
import {headerRow} from './shell/header-row.ts';
import {noticeRows, shownNotice} from './shell/notice-rows.ts';
import {isTooSmall} from './shell/terminal-area.ts';
import {tooSmallLine} from './shell/too-small.ts';
import {hasFindings, visibleFrames} from './shell/visible-frames.ts';
import type {Frame} from './state/frames.ts';
import type {Store} from './state/store.ts';

export type ConsoleProps = {
  readonly frames: Store<Frame>;
  readonly state: Store<ConsoleState>;
  readonly previews: Pick<Previews, 'subscribe' | 'getAnswer'>;
  readonly screens: readonly Screen[];
  readonly contextOf: (frame: Frame, terminal: Viewport) => ScreenContext;
  readonly pen: Pen;
  /** The window size. Read only at the root: everything below gets its rectangle. */
  readonly size: Viewport;
  readonly onKey: (key: KeyName) => void;
  readonly onPaste: (text: string) => void;
};

/** The whole screen, exactly as large as the window: header, screens, notice, footer. */
export function Console(props: ConsoleProps) {
  const {frames: frameStore, state: states, previews, screens, contextOf, pen, size, onKey, onPaste} = props;
  const frame = useSyncExternalStore(frameStore.subscribe, frameStore.get);
  const state = useSyncExternalStore(states.subscribe, states.get);
  useSyncExternalStore(previews.subscribe, previews.getAnswer);
  useInput((input, key) => {
    for (const name of keyNames(input, key)) onKey(name);
  });
  usePaste(onPaste);
  const {columns, rows} = size;
  const {data, nowMs} = frame;
  const context = contextOf(frame, size);
  if (isTooSmall(size)) {
    const text = tooSmallLine(data, size, pen);
    return <Window size={size} parts={<Painted text={text} rect={{column: 0, row: 0, columns, rows: 1}} />} />;
  }
  const notice = noticeRows(shownNotice(state, data, nowMs), columns, pen.glyphs);
  const frames = visibleFrames(state, context);
  const header = headerRow(data, nowMs, {columns, findings: hasFindings(frames) ? 'count' : 'message'}, pen);
  const shared = {columns, pen};
  return (
    <Window
      size={size}
      parts={
        <>
          <Rows row={0} content={[header]} {...shared} />
          {frames.map(({id, rect, view, isFocused}) => (
            <Painted key={id} text={paintPanel(view, rect, isFocused, pen).join('\n')} rect={rect} />
          ))}
          {notice.length === 0 ? null : <Rows row={rows - 1 - notice.length} content={notice} {...shared} />}
          <Rows row={rows - 1} content={[footerRow({state, screens, context, columns})]} {...shared} />
        </>
      }
    />
  );
}

function Window({size, parts}: {readonly size: Viewport; readonly parts: React.ReactNode}) {
  return (
    <Box width={size.columns} height={size.rows} flexShrink={0} overflow="hidden">
      {parts}
    </Box>
  );
}

type RowsProps = {readonly row: number; readonly content: readonly Row[]; readonly columns: number; readonly pen: Pen};

function Rows({row, content, columns, pen}: RowsProps) {
  const text = content.map((line) => paintRow(line, columns, pen)).join('\n');
  return <Painted text={text} rect={{column: 0, row, columns, rows: content.length}} />;
}
