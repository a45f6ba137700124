import type {ConsoleData} from '../../client/console-data.ts';
import type {Row, Span} from '../../views/rows.ts';
import {type Pen, rowWidth} from '../painting/paint-row.ts';
import type {Screen} from '../screens/screen.ts';
import type {ConsoleState} from './console-state.ts';
import {keysNow} from './shell-keys.ts';

export type FooterInput = {
  readonly state: ConsoleState;
  readonly screens: readonly Screen[];
  readonly data: ConsoleData;
  readonly columns: number;
  readonly pen: Pen;
};

/** The key hints of the screen on top, from the key tables: those that work now, as many as fit. */
export function footerRow({state, screens, data, columns, pen}: FooterInput): Row {
  const hints = keysNow(state, screens)
    .filter(({hint, disabledReason}) => hint !== null && disabledReason(data) === null)
    .map(({keys, hint}) => hintSpans(keyLabel(keys[0] ?? ''), hint ?? ''));
  if (state.cover !== null) hints.push(hintSpans('Esc', 'close'));
  const row: Span[] = [];
  for (const hint of hints) {
    const next: Span[] = row.length === 0 ? hint : [{text: '  ', tone: 'normal'}, ...hint];
    if (rowWidth([...row, ...next], pen) > columns) break;
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
