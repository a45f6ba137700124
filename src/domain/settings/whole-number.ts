/** A whole number from `1024` or `1,024`; null for everything else, `1,02` and `-1` included. */
export function readWholeNumber(text: string): number | null {
  if (!/^(?:\d+|\d{1,3}(?:,\d{3})+)$/.test(text)) return null;
  const value = Number(text.replaceAll(',', ''));
  return Number.isSafeInteger(value) ? value : null;
}
