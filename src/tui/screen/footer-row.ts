import type {ConsoleData} from '../../client/console-data.ts';
import type {Row, Span} from '../../views/rows.ts';
import {type ActionId, bindingOf, type KeyMode, keyTable} from '../keys/key-table.ts';
import {rowWidth} from '../painting/paint-row.ts';
import type {Pen} from '../painting/pen.ts';

/** Hints that are never left out stand first. */
const first: readonly ActionId[] = ['help', 'detach'];

/** The key hints of a mode, from the key table: what works just now, as many as the terminal has room for. */
export function footerRow(data: ConsoleData, mode: KeyMode, columns: number, pen: Pen): Row {
  const usable = keyTable.filter(
    (binding) => binding.hint !== null && binding.modes.includes(mode) && binding.disabledReason(data) === null,
  );
  const ordered = [
    ...first.map(bindingOf).filter((binding) => usable.includes(binding)),
    ...usable.filter(({id}) => !first.includes(id)),
  ];
  const hints = ordered.map((binding) => hintSpans(keyLabel(binding.keys[0] ?? ''), binding.hint ?? ''));
  if (mode !== 'none') hints.push(hintSpans('Esc', 'close'));
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
