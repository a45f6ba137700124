import type {ConsoleData} from '../../client/console-data.ts';
import type {PanelView, Row} from '../../views/rows.ts';
import {type KeyBinding, type KeyGroup, keyTable} from '../keys/key-table.ts';

const groups: readonly KeyGroup[] = ['Console', 'Engine', 'Panels', 'Log', 'On the Plan screen', 'In a dialog'];
const KEY_COLUMNS = 13;

/** The help as rows: every line of the key table, with the reason where a key does nothing just now. */
export function helpRows(data: ConsoleData): Row[] {
  return groups.flatMap((group) => [
    [{text: group, tone: 'title'}],
    ...keyTable.filter((binding) => binding.group === group).map((binding) => bindingRow(binding, data)),
  ]);
}

/** How far the help can scroll when `visibleRows` of it are shown. */
export function maxHelpOffset(data: ConsoleData, visibleRows: number): number {
  return Math.max(0, helpRows(data).length - visibleRows);
}

/** The help from row `offset` on. */
export function helpView(data: ConsoleData, offset: number, visibleRows: number): PanelView {
  const all = helpRows(data);
  const start = Math.min(offset, maxHelpOffset(data, visibleRows));
  const isCut = start + visibleRows < all.length;
  return {
    title: 'Keys',
    titleNote: isCut ? 'PgDn for more' : 'Esc closes',
    tone: 'normal',
    rows: all.slice(start, start + visibleRows),
  };
}

function bindingRow(binding: KeyBinding, data: ConsoleData): Row {
  const reason = binding.disabledReason(data);
  const key = binding.shown.padEnd(KEY_COLUMNS);
  if (reason === null) {
    return [
      {text: ` ${key}`, tone: 'accent'},
      {text: binding.description, tone: 'normal'},
    ];
  }
  return [
    {text: ` ${key}`, tone: 'dim'},
    {text: `${binding.description} (${reason})`, tone: 'dim'},
  ];
}
