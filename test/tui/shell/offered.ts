import {canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import {type KeyName, shownKey} from '../../../src/tui/keys/key-names.ts';
import type {Screen, ScreenContext} from '../../../src/tui/screens/screen.ts';
import type {ConsoleState} from '../../../src/tui/shell/console-state.ts';
import {footerRow} from '../../../src/tui/shell/footer-row.ts';
import {press} from '../../../src/tui/shell/press.ts';
import {keysNow} from '../../../src/tui/shell/shell-keys.ts';
import {visibleFrames} from '../../../src/tui/shell/visible-frames.ts';

/** The keys of the footer in a line that has room for all, and what is written after each. */
export function offered(state: ConsoleState, screens: readonly Screen[], context: ScreenContext): Map<KeyName, string> {
  const names = new Map(
    keysNow(state, screens, context.keymap).flatMap(({keys}) => keys.map((key) => [shownKey(key), key] as const)),
  );
  const row = footerRow({state, screens, context, columns: 1_000});
  return new Map(
    row.flatMap(({text, tone}, index) =>
      tone !== 'accent'
        ? []
        : (text.length > 1 ? text.split('/') : [text]).map((name) => [
            names.get(name) ?? `unknown ${name}`,
            `${text}${row[index + 1]?.text ?? ''}`,
          ]),
    ),
  );
}

/** All cells of the frame, and which panel has the focus. */
export function picture(state: ConsoleState, screens: readonly Screen[], context: ScreenContext): string {
  const canvas = createCanvas(context.terminal);
  drawConsole(canvas, {state, screens, context});
  const focused = visibleFrames(state, screens, context).find(({isFocused}) => isFocused)?.id ?? '';
  return [...canvasLines(canvas), focused].join('\n');
}

/** What these change is seen at lines that are yet to come, and at the series that is chosen next. */
export const laterSeen = new Set(['W wrap', 'Space pause/follow', 'p compare']);

/** Why a key that is offered does nothing; null where it does something. `before` is the picture without it. */
export function faultOf(
  state: ConsoleState,
  key: KeyName,
  screens: readonly Screen[],
  context: ScreenContext,
  before: () => string,
): string | null {
  const {state: next, effect} = press(state, key, screens, context);
  const isElsewhere = next.cover?.screen !== state.cover?.screen || next.base.screen !== state.base.screen;
  if (effect !== null || isElsewhere || next.frozen !== state.frozen) return null;
  if (next.notice !== null) return next.notice.text;
  return picture(next, screens, context) === before() ? 'nothing' : null;
}

/** The screen after these keys as a person sees it who has read what was said, and reads the footer. */
export function opened(
  keys: readonly KeyName[],
  state: ConsoleState,
  screens: readonly Screen[],
  context: ScreenContext,
) {
  return keys.reduce<ConsoleState>(
    (before, key) => ({...press(before, key, screens, context).state, notice: null, isUnseen: false}),
    state,
  );
}
