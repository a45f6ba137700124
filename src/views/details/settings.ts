import type {ConfigurationRow} from '../../api/configuration-view.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {cutText, textWidth} from '../../shared/text-width.ts';
import {cutRow, padText, span} from '../drawing/compose.ts';
import {NEVER_STARTED} from '../format/names.ts';
import {originIn, settingText} from '../format/origins.ts';
import {connectionNote} from '../panels/freshness.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

const TITLE = 'Settings in force';
const SECTION = 'engine.';
const GAP = 2;
/** A longer name or value is cut, so that its origin is seen. */
const MOST_NAME_COLUMNS = 40;
const MOST_VALUE_COLUMNS = 27;
/** `simulation`: what the shortest origins need. */
const ORIGIN_COLUMNS = 10;

/** The settings of the engine with where each came from, and below them those of everything else as far as there is room. */
export function settingsView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const note = connectionNote(input);
  if (snapshot === null) return panelOf(input, {title: TITLE, titleNote: note}, [noDataYet]);
  const {values} = snapshot.configuration;
  if (values.length === 0)
    return panelOf(input, {title: TITLE, titleNote: note}, withoutConfiguration(snapshot, input));
  const chosen = shownRows(values, input.rows);
  const hidden = values.length - chosen.length;
  const more = hidden > 0 ? moreNote(hidden, input) : '';
  return panelOf(input, {title: TITLE, titleNote: note === '' ? more : note}, settingRows(chosen, snapshot, input));
}

/** How many there is no room for, and how to see them. */
function moreNote(count: number, input: ViewInput): string {
  const key = input.keyOf?.('panel.zoom') ?? null;
  const ways =
    key === null
      ? ['gantry config']
      : input.isFocused === true
        ? [`${key} shows them`, key]
        : [`choose this panel, then ${key}`, `choose, then ${key}`];
  return fittingNote(input, TITLE, [...ways.map((way) => `${count} more: ${way}`), `${count} more`]);
}

/** Those of the engine first, and of them those that differ from their default; in the order of the configuration. */
function shownRows(all: readonly ConfigurationRow[], rows: number): readonly ConfigurationRow[] {
  const rank = ({key, origin, isPending}: ConfigurationRow): number =>
    (key.startsWith(SECTION) ? 0 : 2) + (origin.from === 'default' && !isPending ? 1 : 0);
  const order = (row: ConfigurationRow): number => (row.key.startsWith(SECTION) ? 0 : 1);
  const kept = new Set(all.toSorted((a, b) => rank(a) - rank(b)).slice(0, Math.max(1, rows)));
  return all.filter((row) => kept.has(row)).toSorted((a, b) => order(a) - order(b));
}

function settingRows(
  rows: readonly ConfigurationRow[],
  {configuration: {file}}: Snapshot,
  {columns, glyphs}: ViewInput,
): Row[] {
  const cells = rows.map(({key, value}) => [
    key.startsWith(SECTION) ? key.slice(SECTION.length) : key,
    settingText(key, value),
  ]);
  const widest = (column: number): number => Math.max(...cells.map((row) => textWidth(row[column] ?? '')));
  const valueColumns = Math.min(widest(1), MOST_VALUE_COLUMNS, Math.floor((columns * 2) / 5));
  const left = columns - valueColumns - ORIGIN_COLUMNS - 2 * GAP;
  const nameColumns = Math.min(widest(0), MOST_NAME_COLUMNS, Math.max(left, Math.floor((columns * 2) / 5)));
  const cell = (text: string, width: number): string =>
    padText(cutText(text, width, glyphs.ellipsis), width) + ' '.repeat(GAP);
  const room = columns - nameColumns - valueColumns - 2 * GAP;
  return rows.map(({key, origin, configured, isPending}, position) => {
    const isDefault = origin.from === 'default';
    const [name = '', value = ''] = cells[position] ?? [];
    const next = configured !== null && isPending ? `next start: ${settingText(key, configured.value)}  ` : '';
    return cutRow(
      [
        span(cell(name, nameColumns), 'dim'),
        span(cell(value, valueColumns), isDefault ? 'normal' : 'strong'),
        span(next, 'warning'),
        span(originIn(room - textWidth(next), origin, file), isDefault ? 'dim' : 'accent'),
      ],
      columns,
      glyphs,
    );
  });
}

/** Of a supervisor that has not read its configuration yet. */
function withoutConfiguration({engine: {settings}}: Snapshot, {columns, glyphs}: ViewInput): Row[] {
  if (settings === null) return [[span(NEVER_STARTED, 'dim')]];
  return Object.entries(settings).map(([name, value]) =>
    cutRow([span(padText(name, MOST_VALUE_COLUMNS), 'dim'), span(String(value), 'strong')], columns, glyphs),
  );
}
