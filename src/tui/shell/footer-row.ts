import type {Row, Span} from '../../views/rows.ts';
import type {KeyLine} from '../keys/key-line.ts';
import {type KeyName, shownKey} from '../keys/key-names.ts';
import {rowWidth} from '../painting/paint-row.ts';
import type {Screen, ScreenContext} from '../screens/screen.ts';
import {type ConsoleState, topScreen} from './console-state.ts';
import {keysNow, stepBack, tabsOf} from './shell-keys.ts';
import {topContext} from './top-context.ts';

export type FooterInput = {
  readonly state: ConsoleState;
  readonly screens: readonly Screen[];
  readonly context: ScreenContext;
  readonly columns: number;
};

/**
 * The key hints of the screen on top, from the key tables: those that work now. Where not all fit, the minor ones make room, the
 * last first, then the last of the others.
 */
export function footerRow({state, screens, context, columns}: FooterInput): Row {
  const top = topScreen(state);
  // What acts is judged by what is, also while the picture stands still.
  const shown = topContext({...state, frozen: null}, screens, context);
  // What would be typed into a text is no key now.
  const keyOf = ({keys}: KeyLine): KeyName | undefined => keys.find((key) => top.type(key, context.keymap) === null);
  // The key that opened a screen closes it, as Esc does.
  const lines = keysNow(state, screens, context.keymap).filter(
    (line) =>
      top.hintOf(line) !== null &&
      keyOf(line) !== undefined &&
      line.id !== state.cover?.screen.opener.id &&
      top.whyNot(line, shown) === null,
  );
  const each = lines.map((line) => ({
    key: shownKey(keyOf(line) ?? ''),
    text: top.hintOf(line) ?? '',
    isMinor: line.isMinor,
    isWayOut: false,
  }));
  const all = paired(each);
  const way = wayOut(state, screens, shown);
  if (way !== null) all.push({key: context.keymap.shown('console.back'), text: way, isMinor: false, isWayOut: true});
  let hints = all;
  let row = rowOf(hints);
  while (hints.length > 0 && rowWidth(row, context.pen) > columns) {
    hints = hints.toSpliced(leastOf(hints), 1);
    row = rowOf(hints);
  }
  return row;
}

/** What Esc does to what is shown; null where that is nothing. */
function wayOut(state: ConsoleState, screens: readonly Screen[], context: ScreenContext): string | null {
  switch (stepBack(state, context).kind) {
    case 'return':
      return 'back';
    case 'earlier':
      return topScreen(state).isPrompting ? 'cancel' : 'back';
    case 'close':
      return 'close';
    case 'dismiss':
      return 'dismiss';
    case 'leave': {
      const [first] = tabsOf(screens);
      return first === undefined || first.name === state.base.screen.name ? null : first.name;
    }
  }
}

type Hint = {readonly key: string; readonly text: string; readonly isMinor: boolean; readonly isWayOut: boolean};

/** Two keys in a row with the same hint, which change one thing in two directions, have one: `+/- window`. */
function paired(hints: readonly Hint[]): Hint[] {
  const pairs: Hint[] = [];
  for (const hint of hints) {
    const last = pairs.at(-1);
    if (last?.text !== hint.text) pairs.push(hint);
    else pairs[pairs.length - 1] = {...last, key: `${last.key}/${hint.key}`, isMinor: last.isMinor && hint.isMinor};
  }
  return pairs;
}

/** The position of the hint that makes room. How to close a screen stays. */
function leastOf(hints: readonly Hint[]): number {
  const minor = hints.findLastIndex(({isMinor}) => isMinor);
  if (minor !== -1) return minor;
  return Math.max(0, hints.at(-1)?.isWayOut === true && hints.length > 1 ? hints.length - 2 : hints.length - 1);
}

function rowOf(hints: readonly Hint[]): Row {
  return hints.flatMap(({key, text}, index): Span[] => [
    ...(index === 0 ? [] : [{text: '  ', tone: 'normal'} as const]),
    {text: key, tone: 'accent'},
    {text: ` ${text}`, tone: 'dim'},
  ]);
}
