/** The rows of each of some plots that stand below each other in so many rows: all of them, as equal as can be. */
export function stackedRows(count: number, rows: number): readonly number[] {
  return Array.from(
    {length: count},
    (_, index) => Math.floor(((index + 1) * rows) / count) - Math.floor((index * rows) / count),
  );
}
