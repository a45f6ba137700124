/** Line ends, and what YAML writes lists, sections, texts, anchors and tags with. */
const STRUCTURE: ReadonlySet<number> = new Set(
  [...'\n\r,:[]{}&*?-"\'%!|>#'].map((character) => character.charCodeAt(0)),
);

/**
 * Offset at which a text exceeds `most` of these characters; null if it does not. A YAML parser takes time quadratic in the
 * number of sibling keys, so the size is limited before parsing.
 */
export function structureBeyond(text: string, most: number): number | null {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (STRUCTURE.has(text.charCodeAt(at))) count += 1;
    if (count > most) return at;
  }
  return null;
}
