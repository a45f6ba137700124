import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';

/** One part of a stacked bar. */
export type BarPart = {readonly value: number; readonly glyph: string; readonly tone: Tone};

/**
 * A bar of parts of a total, the rest drawn empty; `markAt` marks a limit. Exactly `columns` cells. A part above
 * zero has at least one cell if possible, so that small values are visible.
 */
export function stackedBar(
  parts: readonly BarPart[],
  total: number,
  columns: number,
  glyphs: GlyphSet,
  markAt: number | null = null,
): Row {
  if (columns <= 0) return [];
  const cells = cellsOf(parts, total, columns);
  const filled = cells.reduce((sum, own) => sum + own, 0);
  const mark = markCell(parts, total, columns, markAt, filled);
  const row: {text: string; tone: Tone}[] = [];
  const add = (text: string, tone: Tone): void => {
    const last = row.at(-1);
    if (last !== undefined && last.tone === tone) last.text += text;
    else if (text !== '') row.push({text, tone});
  };
  let start = 0;
  for (let index = 0; index <= parts.length; index += 1) {
    const {glyph, tone} = parts[index] ?? {glyph: glyphs.barEmpty, tone: 'dim'};
    const end = start + (cells[index] ?? columns - filled);
    const isMarked = mark >= start && mark < end;
    add(glyph.repeat((isMarked ? mark : end) - start), tone);
    if (isMarked) {
      add(glyphs.barMark, 'strong');
      add(glyph.repeat(end - mark - 1), tone);
    }
    start = end;
  }
  return row;
}

/** The cell with the mark of the limit; -1 for none. */
function markCell(
  parts: readonly BarPart[],
  total: number,
  columns: number,
  markAt: number | null,
  filled: number,
): number {
  if (markAt === null || !(total > 0 && markAt > 0 && markAt <= total)) return -1;
  const position = Math.min(columns - 1, Math.round((markAt / total) * columns));
  // A part beyond the limit matters more than the limit: the mark does not cover its only cell.
  const isOnBeyond = position > 0 && position === filled - 1 && lastPartBegin(parts) >= markAt;
  return isOnBeyond ? position - 1 : position;
}

/** A plain meter of a ratio 0..1. Exactly `columns` cells. */
export function meter(ratio: number, columns: number, tone: Tone, glyphs: GlyphSet): Row {
  return stackedBar([{value: Math.min(1, Math.max(0, ratio)), glyph: glyphs.barFull, tone}], 1, columns, glyphs);
}

/**
 * The newest `columns` values as a line of steps, newest at the right. Null is a blank; zero is the lowest step. `max`
 * is the value of the highest step; without it the largest value is. Exactly `columns` cells.
 */
export function sparkline(values: readonly (number | null)[], columns: number, glyphs: GlyphSet, max?: number): string {
  const room = Math.max(0, columns);
  const shown = room === 0 ? [] : values.slice(-room);
  const top = max ?? shown.reduce<number>((largest, value) => Math.max(largest, value ?? 0), 0);
  const steps = glyphs.sparkSteps;
  const drawn = shown.map((value) => {
    if (value === null) return ' ';
    const step = top > 0 ? Math.round((Math.min(Math.max(0, value), top) / top) * (steps.length - 1)) : 0;
    return steps[step] ?? ' ';
  });
  return drawn.join('').padStart(room, ' ');
}

/** Start of the last part above zero. */
function lastPartBegin(parts: readonly BarPart[]): number {
  const last = parts.findLastIndex(({value}) => value > 0);
  return parts.slice(0, Math.max(0, last)).reduce((sum, {value}) => sum + Math.max(0, value), 0);
}

/** Cells of each part: rounded so that the sum matches the total; then every part above zero gets at least one. */
function cellsOf(parts: readonly BarPart[], total: number, columns: number): number[] {
  if (total <= 0) return parts.map(() => 0);
  let before = 0;
  let taken = 0;
  const cells = parts.map(({value}) => {
    before += Math.max(0, value);
    const end = Math.min(columns, Math.round((before / total) * columns));
    const own = Math.max(0, end - taken);
    taken += own;
    return own;
  });
  for (const [index, {value}] of parts.entries()) {
    if (value <= 0 || (cells[index] ?? 0) > 0) continue;
    const giver = cells.indexOf(Math.max(...cells));
    if (taken < columns) taken += 1;
    else if ((cells[giver] ?? 0) > 1) cells[giver] = (cells[giver] ?? 0) - 1;
    else continue;
    cells[index] = 1;
  }
  return cells;
}
