/** Line ends, and what YAML writes lists, sections, texts, anchors and tags with. */
const STRUCTURE: ReadonlySet<number> = new Set(
  [...'\n\r,:[]{}&*?-"\'%!|>#'].map((character) => character.charCodeAt(0)),
);

/**
 * Where a text has more structure than `most` of these characters; null if it has not. A parser of YAML needs time in the square of the keys
 * that stand next to each other: what a file may have is limited before it is parsed.
 */
export function structureBeyond(text: string, most: number): number | null {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (STRUCTURE.has(text.charCodeAt(at))) count += 1;
    if (count > most) return at;
  }
  return null;
}
