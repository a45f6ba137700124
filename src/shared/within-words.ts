const ELLIPSIS = ' ...';

/** A text of at most `most` characters: a longer one ends after a word, with dots. Only a very long word is cut. */
export function withinWords(text: string, most: number): string {
  if (text.length <= most) return text;
  const room = most - ELLIPSIS.length;
  // The character after the room shows whether the last word is whole.
  const lastSpace = text.slice(0, room + 1).lastIndexOf(' ');
  return `${text.slice(0, lastSpace > room / 2 ? lastSpace : room).trimEnd()}${ELLIPSIS}`;
}
