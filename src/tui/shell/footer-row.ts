import type {Row, Span} from '../../views/rows.ts';
import {rowWidth} from '../painting/paint-row.ts';
import type {Screen, ScreenContext} from '../screens/screen.ts';
import {type ConsoleState, topScreen} from './console-state.ts';
import {keysNow} from './shell-keys.ts';

export type FooterInput = {
  readonly state: ConsoleState;
  readonly screens: readonly Screen[];
  readonly context: ScreenContext;
  readonly columns: number;
};

/** The key hints of the screen on top, from the key tables: those that work now, as many as fit. */
export function footerRow({state, screens, context, columns}: FooterInput): Row {
  const top = topScreen(state);
  const hints = keysNow(state, screens)
    .filter((line) => line.hint !== null && top.offers(line, context))
    .map(({keys, hint}) => hintSpans(keyLabel(keys[0] ?? ''), hint ?? ''));
  if (state.cover !== null) hints.push(hintSpans('Esc', 'close'));
  const row: Span[] = [];
  for (const hint of hints) {
    const next: Span[] = row.length === 0 ? hint : [{text: '  ', tone: 'normal'}, ...hint];
    if (rowWidth([...row, ...next], context.pen) > columns) break;
    row.push(...next);
  }
  return row;
}

function hintSpans(key: string, hint: string): Span[] {
  return [
    {text: key, tone: 'accent'},
    {text: ` ${hint}`, tone: 'dim'},
  ];
}

function keyLabel(key: string): string {
  return key.length === 1 ? key : key.charAt(0).toUpperCase() + key.slice(1);
}
