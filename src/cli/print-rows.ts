import type {ThemeChoice} from '../shared/appearance/theme-choices.ts';
import {type Environment, selectTerminal} from '../tui/theme/select-terminal.ts';
import {END_STYLE, type Theme} from '../tui/theme/theme.ts';
import {cleanText} from '../views/drawing/compose.ts';
import {asciiGlyphs, type GlyphSet} from '../views/glyphs.ts';
import type {Row} from '../views/rows.ts';

/** How rows are written as text. */
export type TextStyle = {
  readonly columns: number;
  readonly glyphs: GlyphSet;
  /** Null: without colors. */
  readonly theme: Theme | null;
};

/** What the command line and the configuration say about the look of what is printed. */
export type Appearance = {readonly isAscii: boolean; readonly theme: ThemeChoice};

/** Maximum width for readable text. */
const MOST_COLUMNS = 80;
const FEWEST_COLUMNS = 40;

/** Capabilities of a stream: colors and box characters only on a terminal that has them. */
export function textStyleOf(
  stream: {readonly isTTY?: boolean; readonly columns?: number},
  environment: Environment,
  {isAscii, theme: choice}: Appearance,
): TextStyle {
  const {colorDepth, theme, glyphs} = selectTerminal(environment, stream.isTTY === true, choice);
  return {
    columns: Math.max(FEWEST_COLUMNS, Math.min(stream.columns ?? MOST_COLUMNS, MOST_COLUMNS)),
    glyphs: isAscii ? asciiGlyphs : glyphs,
    theme: stream.isTTY === true && colorDepth !== 'none' ? theme : null,
  };
}

/** Rows as lines of text without trailing blanks, with colors if supported. */
export function rowsText(rows: readonly Row[], {theme}: Pick<TextStyle, 'theme'>): string {
  return rows
    .map((row) => {
      const last = row.findLastIndex(({text}) => text.trimEnd() !== '');
      return row
        .slice(0, last + 1)
        .map(({text, tone}, index) => {
          const shown = cleanText(index === last ? text.trimEnd() : text);
          const open = theme?.[tone].open ?? '';
          return shown !== '' && open !== '' ? `${open}${shown}${END_STYLE}` : shown;
        })
        .join('');
    })
    .join('\n');
}
