import {wrapText} from '../../views/drawing/wrap-text.ts';
import type {Row} from '../../views/rows.ts';
import {byGroup, type KeyLine} from '../keys/key-line.ts';
import {keySpec} from '../keys/key-table.ts';
import {defineScreen} from './define-screen.ts';
import {disabledReason, type ScreenContext} from './screen.ts';
import {whole, wholeSize} from './screen-place.ts';
import {pageOf, rowKeys, type ScrollStep, scrolledOffset, scrollKeys, WHEEL_ROWS} from './scrolling.ts';

type HelpState = {
  /** Rows scrolled out at the top. */
  readonly offset: number;
};

const KEY_COLUMNS = 13;
const MAX_KEY_ROWS = 6;

/** Every key, generated from the key tables, with the reason where one is disabled. */
export const helpScreen = defineScreen<HelpState>({
  kind: 'screen',
  name: 'Help',
  opener: {
    ...keySpec('console.help'),
    keepsNotice: true,
    isEverywhere: true,
    open: () => ({state: {offset: 0}}),
  },
  keys: [
    ...rowKeys<HelpState>((state, step, context) => scrolled(state, step, 1, context)),
    ...scrollKeys<HelpState>((state, step, context) => scrolled(state, step, pageOf(wholeSize(context).rows), context)),
  ],
  wheel: (state, step, _, context) => scrolled(state, step, WHEEL_ROWS, context),
  draw({offset}, context) {
    const {rows} = wholeSize(context);
    const all = helpRows(context);
    const start = Math.min(offset, maxOffsetOf(context));
    const isCut = start + rows < all.length;
    const {shown} = context.keymap;
    const scroll = isCut ? 'scroll.down' : start > 0 ? 'scroll.up' : null;
    const titleNote = scroll === null ? `${shown('console.back')} closes` : `${shown(scroll)} for more`;
    return whole('help', {title: 'Keys', titleNote, tone: 'normal', rows: all.slice(start, start + rows)}, context);
  },
});

function scrolled({offset}: HelpState, step: ScrollStep, rows: number, context: ScreenContext): HelpState {
  return {offset: scrolledOffset(offset, step, rows, maxOffsetOf(context))};
}

function maxOffsetOf(context: ScreenContext): number {
  return Math.max(0, helpRows(context).length - wholeSize(context).rows);
}

function helpRows(context: ScreenContext): Row[] {
  const lines = byGroup(context.allKeys);
  const groups = lines.flatMap((line, index): Row[] => {
    const isFirst = lines[index - 1]?.group !== line.group;
    return [...(isFirst ? [[{text: line.group, tone: 'title'} as const]] : []), ...keyRows(line, context)];
  });
  return [...problemRows(context), ...groups];
}

/** What of the configuration is not used comes first. */
function problemRows(context: ScreenContext): Row[] {
  const {keyProblems, pen} = context;
  const {columns} = wholeSize(context);
  return keyProblems.flatMap((text) => wrapText(text, 'warning', columns, MAX_KEY_ROWS, pen.glyphs));
}

/** The key, and its description on as many rows as it needs. */
function keyRows(line: KeyLine, context: ScreenContext): Row[] {
  const reason = disabledReason(line, context);
  const text = reason === null ? line.description : `${line.description} (${reason})`;
  const {columns} = wholeSize(context);
  const tone = reason === null ? 'normal' : 'dim';
  const described = wrapText(text, tone, Math.max(8, columns - KEY_COLUMNS - 1), MAX_KEY_ROWS, context.pen.glyphs);
  return described.map((row, index): Row => {
    const key = (index === 0 ? line.shown : '').padEnd(KEY_COLUMNS);
    return [{text: ` ${key}`, tone: reason === null ? 'accent' : 'dim'}, ...row];
  });
}
