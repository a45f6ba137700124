import {type Environment, selectTerminal} from '../tui/theme/select-terminal.ts';
import {themeFor} from '../tui/theme/theme.ts';
import {asciiGlyphs, type GlyphSet} from '../views/glyphs.ts';
import type {Row} from '../views/rows.ts';

/** How a text of rows is written. */
export type TextStyle = {readonly columns: number; readonly glyphs: GlyphSet; readonly hasColors: boolean};

/** Widest text that is read rather than scanned. */
const MOST_COLUMNS = 80;
const FEWEST_COLUMNS = 40;

/** What a stream can show: colors and box characters only where it is a terminal that has them. */
export function textStyleOf(
  stream: {readonly isTTY?: boolean; readonly columns?: number},
  environment: Environment,
  isAscii: boolean,
): TextStyle {
  const {colorDepth, glyphs} = selectTerminal(environment, stream.isTTY === true);
  return {
    columns: Math.max(FEWEST_COLUMNS, Math.min(stream.columns ?? MOST_COLUMNS, MOST_COLUMNS)),
    glyphs: isAscii ? asciiGlyphs : glyphs,
    hasColors: stream.isTTY === true && colorDepth !== 'none',
  };
}

/** Rows as lines of text, without blanks at their ends; with colors where there are any. */
export function rowsText(
  rows: readonly Row[],
  {hasColors}: Pick<TextStyle, 'hasColors'>,
  environment: Environment,
): string {
  const theme = themeFor(hasColors ? selectTerminal(environment, true).colorDepth : 'none');
  return rows
    .map((row) => {
      const last = row.findLastIndex(({text}) => text.trimEnd() !== '');
      return row
        .slice(0, last + 1)
        .map(({text, tone}, index) => {
          const shown = index === last ? text.trimEnd() : text;
          const {open, close} = theme[tone];
          return hasColors && shown !== '' ? `${open}${shown}${close}` : shown;
        })
        .join('');
    })
    .join('\n');
}
