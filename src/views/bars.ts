import {span} from './compose.ts';
import type {GlyphSet} from './glyphs.ts';
import type {Row, Tone} from './rows.ts';

/** One part of a stacked bar. */
export type BarPart = {readonly value: number; readonly glyph: string; readonly tone: Tone};

/** Cells of each part of a whole: rounded so that they add up to no more than `columns`, and a part above 0 is seen. */
function cellsOf(parts: readonly BarPart[], total: number, columns: number): number[] {
  let before = 0;
  let taken = 0;
  return parts.map(({value}) => {
    before += Math.max(0, value);
    const end = total > 0 ? Math.min(columns, Math.round((before / total) * columns)) : 0;
    const cells = Math.max(0, end - taken);
    taken += cells;
    return cells;
  });
}

/** A bar of parts of a total, the rest drawn empty; `markAt` sets a mark where a limit lies. Exactly `columns` cells. */
export function stackedBar(
  parts: readonly BarPart[],
  total: number,
  columns: number,
  glyphs: GlyphSet,
  markAt: number | null = null,
): Row {
  if (columns <= 0) return [];
  const cells = cellsOf(parts, total, columns);
  const characters = parts.flatMap(({glyph, tone}, index) =>
    Array.from({length: cells[index] ?? 0}, () => span(glyph, tone)),
  );
  while (characters.length < columns) characters.push(span(glyphs.barEmpty, 'dim'));
  if (markAt !== null && total > 0 && markAt > 0 && markAt <= total) {
    const position = Math.min(columns - 1, Math.floor((markAt / total) * columns));
    characters[position] = span(glyphs.barMark, 'strong');
  }
  return merged(characters);
}

/** A plain meter of a ratio 0..1. Exactly `columns` cells. */
export function meter(ratio: number, columns: number, tone: Tone, glyphs: GlyphSet): Row {
  return stackedBar([{value: Math.min(1, Math.max(0, ratio)), glyph: glyphs.barFull, tone}], 1, columns, glyphs);
}

/**
 * The newest `columns` values as a line of steps, newest at the right. Null is a blank; zero is the lowest step. `max`
 * is the value of the highest step; without it the largest value is.
 */
export function sparkline(values: readonly (number | null)[], columns: number, glyphs: GlyphSet, max?: number): string {
  const shown = values.slice(-Math.max(0, columns));
  const top = max ?? Math.max(0, ...shown.filter((value) => value !== null));
  const steps = glyphs.sparkSteps;
  const drawn = shown.map((value) => {
    if (value === null) return ' ';
    const step = top > 0 ? Math.round((Math.min(value, top) / top) * (steps.length - 1)) : 0;
    return steps[Math.max(0, step)] ?? ' ';
  });
  return drawn.join('').padStart(Math.max(0, columns), ' ');
}

function merged(characters: Row): Row {
  const runs: {text: string; tone: Tone}[] = [];
  for (const {text, tone} of characters) {
    const last = runs.at(-1);
    if (last !== undefined && last.tone === tone) last.text += text;
    else runs.push({text, tone});
  }
  return runs;
}
