/** What part of the rows must end with blanks at the same column for these to fill them up to it. */
const MOST_FILLED = 0.5;
const LEAST_FILLED = 3;
/** No terminal is narrower: columns that a program filled up, as tables of results have, are. */
const LEAST_WIDTH = 60;
/** Rows of long lines that were wrapped are full without blanks: what part of all rows then has the width. */
const NEARLY_ALL = 0.9;

/** The width up to which a terminal filled these rows with blanks; null if it did not. */
export function filledWidth(rows: readonly string[]): number | null {
  const full = rows.filter((row) => row !== '');
  const ends = new Map<number, number>();
  for (const row of full) if (row.endsWith('  ')) ends.set(row.length, (ends.get(row.length) ?? 0) + 1);
  const [width = 0, filled = 0] = [...ends].toSorted(([, one], [, other]) => other - one)[0] ?? [];
  if (filled < LEAST_FILLED || width < LEAST_WIDTH) return null;
  const whole = full.filter(({length}) => length === width).length;
  return filled >= full.length * MOST_FILLED || whole >= full.length * NEARLY_ALL ? width : null;
}
