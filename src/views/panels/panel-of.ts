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
