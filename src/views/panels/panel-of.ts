import {fit, span} from '../drawing/compose.ts';
import type {PanelView, Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** A panel of these lines, cut to its rectangle. */
export function panelOf(
  {columns, rows, glyphs}: ViewInput,
  head: {readonly title: string; readonly titleNote: string; readonly tone?: Tone},
  lines: readonly Row[],
): PanelView {
  const {title, titleNote, tone = 'normal'} = head;
  return {title, titleNote, tone, rows: fit(lines, columns, rows, glyphs)};
}

/** Content before the first snapshot. */
export const noDataYet: Row = [span('no data yet', 'dim')];

/** Columns of a title line that neither title nor note can have: two corners, border on three sides, blanks. */
const TITLE_FRAME_COLUMNS = 5;

/**
 * The first of these notes that the title line has room for; a note that does not fit would not be drawn at all. The age of old
 * data stands after the note, alone only where there is no room for both.
 */
export function fittingNote(
  {columns}: Pick<ViewInput, 'columns'>,
  title: string,
  notes: readonly string[],
  age = '',
): string {
  const room = columns - title.length - TITLE_FRAME_COLUMNS;
  const all = age === '' ? notes : [...notes.filter((note) => note !== '').map((note) => `${note}, ${age}`), age];
  return all.find((note) => note.length <= room) ?? all.at(-1) ?? '';
}
