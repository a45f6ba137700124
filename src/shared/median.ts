/** The middle value, or the mean of the two middle ones; null for none. */
export function median(values: readonly number[]): number | null {
  return medianOfOthers(ascending(values), null);
}

/** The values in ascending order. */
export function ascending(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

/** The same of values in ascending order without one of them; null: of all. */
export function medianOfOthers(sorted: readonly number[], own: number | null): number | null {
  const left = own === null ? -1 : sorted.indexOf(own);
  const count = left < 0 ? sorted.length : sorted.length - 1;
  const at = (place: number): number | undefined => sorted[left < 0 || place < left ? place : place + 1];
  const middle = Math.floor(count / 2);
  const upper = at(middle);
  const lower = at(count % 2 === 0 ? middle - 1 : middle);
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}
