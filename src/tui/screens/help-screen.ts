import type {ConsoleData} from '../../client/console-data.ts';
import type {Row} from '../../views/rows.ts';
import {byGroup, type KeyLine} from '../keys/key-line.ts';
import {defineScreen, type ScreenContext} from './screen.ts';
import {whole, wholeSize} from './screen-place.ts';
import {scrolledOffset, scrollKeys} from './scrolling.ts';

type HelpState = {
  /** Rows scrolled out at the top. */
  readonly offset: number;
};

const KEY_COLUMNS = 13;

/** Every key, generated from the key tables, with the reason where one is disabled. */
export const helpScreen = defineScreen<HelpState>({
  kind: 'screen',
  name: 'Help',
  opener: {
    keys: ['?'],
    hint: 'help',
    description: 'this list',
    keepsNotice: true,
    open: () => ({state: {offset: 0}}),
  },
  keys: scrollKeys<HelpState>((state, step, context) => ({
    offset: scrolledOffset(state.offset, step, 1, maxOffsetOf(context)),
  })),
  draw({offset}, context) {
    const {rows} = wholeSize(context);
    const all = helpRows(context);
    const start = Math.min(offset, maxOffsetOf(context));
    const isCut = start + rows < all.length;
    const titleNote = isCut ? 'PgDn for more' : 'Esc closes';
    return whole('help', {title: 'Keys', titleNote, tone: 'normal', rows: all.slice(start, start + rows)}, context);
  },
});

function maxOffsetOf(context: ScreenContext): number {
  return Math.max(0, helpRows(context).length - wholeSize(context).rows);
}

function helpRows({allKeys, data}: ScreenContext): Row[] {
  const lines = byGroup(allKeys);
  return lines.flatMap((line, index): Row[] => {
    const isFirst = lines[index - 1]?.group !== line.group;
    return [...(isFirst ? [[{text: line.group, tone: 'title'} as const]] : []), keyRow(line, data)];
  });
}

function keyRow(line: KeyLine, data: ConsoleData): Row {
  const reason = line.disabledReason(data);
  const key = line.shown.padEnd(KEY_COLUMNS);
  if (reason === null) {
    return [
      {text: ` ${key}`, tone: 'accent'},
      {text: line.description, tone: 'normal'},
    ];
  }
  return [
    {text: ` ${key}`, tone: 'dim'},
    {text: `${line.description} (${reason})`, tone: 'dim'},
  ];
}
