import {cutText, textWidth} from '../../../shared/text-width.ts';
import {padText} from '../../../views/drawing/compose.ts';
import {shortenText} from '../../../views/drawing/shorten-text.ts';
import {wrapText} from '../../../views/drawing/wrap-text.ts';
import {originIn, settingText} from '../../../views/format/origins.ts';
import type {Row, Span} from '../../../views/rows.ts';
import {isCharacter} from '../../keys/key-names.ts';
import {keySpec} from '../../keys/key-table.ts';
import {innerSize, type PanelSize} from '../../painting/paint-panel.ts';
import type {Pen} from '../../painting/paint-row.ts';
import {defineScreen} from '../define-screen.ts';
import {type Framed, type Refused, refuse, type ScreenContext, type ScreenKey, stay} from '../screen.ts';
import {type FoundEntry, foundEntries} from './palette-entries.ts';
import type {PaletteSetting} from './palette-entry.ts';

type PaletteState = {
  readonly query: string;
  /** Place of the chosen entry among those found. */
  readonly chosen: number;
};

/** More than the longest name. */
const MOST_CHARACTERS = 60;
const PALETTE_COLUMNS = 116;
/** Less of the screen below says nothing. */
const LEAST_COLUMNS_AROUND = 16;
const PALETTE_ROWS = 22;
const NAME_COLUMNS = 32;
/** In a wider palette every name is whole. */
const LONG_NAME_COLUMNS = 38;
const LEAST_COLUMNS_WITH_LONG_NAMES = 100;
const KEY_COLUMNS = 10;
/** In a narrower palette, the keys make room for what an entry does. */
const LEAST_COLUMNS_WITH_KEYS = 60;
const MOST_VALUE_COLUMNS = 27;
/** Of what the name leaves: the rest is for the origin. */
const VALUE_SHARE = 0.55;
/** Of one sentence about a setting. */
const MOST_SENTENCE_ROWS = 3;
/** With less of the list, there is nothing below it about the chosen setting. */
const LEAST_LIST_ROWS = 3;

const keys: readonly ScreenKey<PaletteState>[] = [
  {
    ...keySpec('palette.do'),
    unavailable(state, context) {
      const entry = chosenOf(state, context);
      return entry === undefined ? notFound(state) : entry.refusal;
    },
    press: (state, context) => chosenOf(state, context)?.react() ?? notFound(state),
  },
  {
    ...keySpec('palette.complete'),
    unavailable(state, context) {
      const entry = chosenOf(state, context);
      if (entry === undefined) return notFound(state);
      return entry.name === state.query ? refuse('the name is complete') : null;
    },
    press: (state, context) => stay({query: chosenOf(state, context)?.name ?? state.query, chosen: 0}),
  },
  {...keySpec('palette.next'), unavailable: noOther, press: (state, context) => stay(moved(state, 1, context))},
  {...keySpec('palette.previous'), unavailable: noOther, press: (state, context) => stay(moved(state, -1, context))},
  {
    ...keySpec('palette.erase'),
    press: ({query}) => stay({query: [...query].slice(0, -1).join(''), chosen: 0}),
  },
];

function notFound({query}: PaletteState): Refused {
  return refuse(`nothing is called "${query}"`);
}

function noOther({query}: PaletteState, context: ScreenContext): Refused | null {
  return foundEntries(query, context).length < 2 ? refuse('there is nothing else with this name') : null;
}

/** Everything that can be done or shown, by a few letters of its name. */
export const paletteScreen = defineScreen<PaletteState>({
  kind: 'screen',
  name: 'Palette',
  opener: {...keySpec('console.palette'), isEverywhere: true, open: () => ({state: {query: '', chosen: 0}})},
  keys,
  type: ({query}, character) => (isCharacter(character) ? typed(query + character) : null),
  isTextKey: isCharacter,
  list: {next: 'palette.next', previous: 'palette.previous'},
  wheel: (state, step, _, context) => moved(state, step === 'up' ? -1 : 1, context),
  paste: ({query}, text) => typed(query + text),
  draw,
});

function typed(query: string): PaletteState {
  return {query: [...query].slice(0, MOST_CHARACTERS).join(''), chosen: 0};
}

function moved({query, chosen}: PaletteState, step: 1 | -1, context: ScreenContext): PaletteState {
  const count = foundEntries(query, context).length;
  return {query, chosen: count === 0 ? 0 : (Math.min(chosen, count - 1) + step + count) % count};
}

function chosenOf({query, chosen}: PaletteState, context: ScreenContext): FoundEntry | undefined {
  const found = foundEntries(query, context);
  return found[Math.min(chosen, found.length - 1)];
}

/** At the top, as high as what is found, so that the typed text stays where it is. What there is to say of a chosen setting is below the list. */
function draw({query, chosen}: PaletteState, context: ScreenContext): readonly Framed[] {
  const {area} = context;
  const found = foundEntries(query, context);
  const columns = area.columns < PALETTE_COLUMNS + LEAST_COLUMNS_AROUND ? area.columns : PALETTE_COLUMNS;
  const marked = Math.min(chosen, found.length - 1);
  const most = innerSize({columns, rows: Math.min(PALETTE_ROWS, area.rows)});
  const details = detailRows(found[marked], most, context);
  const rows = Math.min(PALETTE_ROWS, area.rows, Math.max(1, found.length) + 3 + details.length);
  const rect = {column: area.column + Math.floor((area.columns - columns) / 2), row: area.row, columns, rows};
  const size = innerSize(rect);
  const room = Math.max(0, size.rows - 1 - details.length);
  const start = Math.max(0, Math.min(marked - Math.floor(room / 2), found.length - room));
  const entries = found
    .slice(start, start + room)
    .map((entry, index) => entryRow(entry, start + index === marked, size, context));
  const {shown} = context.keymap;
  const way = `${shown('palette.erase')} deletes, ${shown('console.back')} closes.`;
  const nothing: Row = [{text: `Nothing has this name. ${way}`, tone: 'dim'}];
  const view = {
    title: 'Actions, screens, series and settings',
    titleNote: found.length === 0 ? '' : `${marked + 1} of ${found.length}`,
    tone: 'normal',
    rows: [queryRow(query, size), ...(found.length === 0 ? [nothing] : entries), ...details],
  } as const;
  return [{id: 'palette', rect, view, isFocused: true}];
}

/** Below a blank row; nothing where that leaves too little of the list. */
function detailRows(entry: FoundEntry | undefined, {columns, rows}: PanelSize, {pen}: ScreenContext): readonly Row[] {
  const sentences = entry?.setting?.sentences() ?? [];
  const wrapped = sentences.flatMap((text) => wrapText(text, 'dim', columns, MOST_SENTENCE_ROWS, pen.glyphs));
  return wrapped.length === 0 || rows - 2 - wrapped.length < LEAST_LIST_ROWS ? [] : [[], ...wrapped];
}

function queryRow(query: string, {columns}: PanelSize): Row {
  // The end of a long one is what is being typed.
  const characters = [...query];
  while (textWidth(characters.join('')) > columns - 3) characters.shift();
  return [
    {text: ':', tone: 'accent'},
    {text: characters.join(''), tone: 'strong'},
    {text: '_', tone: 'accent'},
  ];
}

/** `> engine.restart    R    acts: restart with another context length`, or the reason why it is disabled. */
function entryRow(entry: FoundEntry, isMarked: boolean, size: PanelSize, {pen}: ScreenContext): Row {
  const {columns} = size;
  if (entry.setting !== null) return settingRow(entry, entry.setting, isMarked, size, pen);
  const {reason, description, isDangerous, keys: shown} = entry;
  const {glyphs} = pen;
  const nameColumns = nameColumnsIn(columns);
  const keyColumns = columns < LEAST_COLUMNS_WITH_KEYS ? 0 : KEY_COLUMNS + 1;
  const danger = isDangerous ? 'acts: ' : '';
  const left = Math.max(0, columns - 3 - nameColumns - keyColumns - danger.length);
  const text = shortenText(reason === null ? description : `disabled: ${reason}`, left, glyphs);
  return [
    {text: isMarked ? '> ' : '  ', tone: 'accent'},
    ...nameSpans(entry, nameColumns, isMarked, pen),
    {text: keyColumns === 0 ? '' : ` ${shortenText(shown, KEY_COLUMNS, glyphs).padEnd(KEY_COLUMNS)}`, tone: 'accent'},
    {text: ` ${danger}`, tone: 'warning'},
    {text, tone: reason !== null ? 'dim' : isMarked ? 'strong' : 'normal'},
  ];
}

/** `  engine.port    8000    GANTRY_ENGINE_PORT`. */
function settingRow(
  entry: FoundEntry,
  {row: {key, value, origin}, file}: PaletteSetting,
  isMarked: boolean,
  {columns}: PanelSize,
  pen: Pen,
): Row {
  const {ellipsis} = pen.glyphs;
  const nameColumns = nameColumnsIn(columns);
  const room = columns - 2 - nameColumns - 1;
  const valueColumns = Math.max(0, Math.min(MOST_VALUE_COLUMNS, Math.floor(room * VALUE_SHARE)));
  const isDefault = origin.from === 'default';
  return [
    {text: isMarked ? '> ' : '  ', tone: 'accent'},
    ...nameSpans(entry, nameColumns, isMarked, pen),
    {
      text: ` ${padText(cutText(settingText(key, value), valueColumns, ellipsis), valueColumns)}`,
      tone: isMarked || !isDefault ? 'strong' : 'normal',
    },
    {text: `  ${originIn(room - valueColumns - 2, origin, file)}`, tone: isDefault ? 'dim' : 'accent'},
  ];
}

function nameColumnsIn(columns: number): number {
  return columns < LEAST_COLUMNS_WITH_LONG_NAMES ? Math.min(NAME_COLUMNS, columns - 2) : LONG_NAME_COLUMNS;
}

/** The name with its matched characters marked, padded. */
function nameSpans({name, places, reason}: FoundEntry, columns: number, isMarked: boolean, {glyphs}: Pen): Span[] {
  const shown = shortenText(name, columns, glyphs);
  const tone = reason !== null ? 'dim' : isMarked ? 'strong' : 'normal';
  const matched = new Set(places);
  const spans = [...shown].map((text, place): Span => ({text, tone: matched.has(place) ? 'match' : tone}));
  return [...spans, {text: ' '.repeat(Math.max(0, columns - textWidth(shown))), tone: 'normal'}];
}
