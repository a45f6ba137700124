import {type Environment, selectTerminal} from '../tui/theme/select-terminal.ts';
import {END_STYLE, themeFor} from '../tui/theme/theme.ts';
import {cleanText} from '../views/drawing/compose.ts';
import {asciiGlyphs, type GlyphSet} from '../views/glyphs.ts';
import type {Row} from '../views/rows.ts';

/** How rows are written as text. */
export type TextStyle = {readonly columns: number; readonly glyphs: GlyphSet; readonly hasColors: boolean};

/** Maximum width for readable text. */
const MOST_COLUMNS = 80;
const FEWEST_COLUMNS = 40;

/** Capabilities of a stream: colors and box characters only on a terminal that has them. */
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

/** Rows as lines of text without trailing blanks, with colors if supported. */
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
          const shown = cleanText(index === last ? text.trimEnd() : text);
          const {open} = theme[tone];
          return hasColors && shown !== '' && open !== '' ? `${open}${shown}${END_STYLE}` : shown;
        })
        .join('');
    })
    .join('\n');
}
