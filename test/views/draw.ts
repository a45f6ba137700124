import type {ConsoleData} from '../../src/client/console-data.ts';
import {tableKeys} from '../../src/tui/keys/keymap.ts';
import {unicodeGlyphs} from '../../src/views/glyphs.ts';
import {panelViews} from '../../src/views/panels/panel-views.ts';
import type {PanelView, Row} from '../../src/views/rows.ts';
import type {ViewInput} from '../../src/views/view-input.ts';
import {TEST_NOW_MS} from '../support/build-snapshot.ts';

/** A row as the text a person reads. */
export function textOf(row: Row): string {
  return row
    .map(({text}) => text)
    .join('')
    .trimEnd();
}

/** A panel at a size, as it is. */
export function viewOf(
  kind: keyof typeof panelViews,
  data: ConsoleData,
  size: {readonly columns: number; readonly rows: number},
  more: Partial<Pick<ViewInput, 'glyphs' | 'nowMs' | 'window' | 'options'>> = {},
): PanelView {
  return panelViews[kind]({
    data,
    nowMs: TEST_NOW_MS,
    glyphs: unicodeGlyphs,
    ...size,
    keyOf: tableKeys.shown,
    options: {},
    ...more,
  });
}

/** A panel at a size as a picture: title and note, then its rows. */
export function pictureOf(...input: Parameters<typeof viewOf>): string {
  const {title, titleNote, rows} = viewOf(...input);
  return ['', `[${title}${titleNote === '' ? '' : ` | ${titleNote}`}]`, ...rows.map(textOf), ''].join('\n');
}
