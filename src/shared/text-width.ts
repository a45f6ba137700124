// With the pattern for emoji, most of the time to start a command: most need neither.
let segmenter: Intl.Segmenter | null = null;
let emoji: RegExp | null = null;

function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', {granularity: 'grapheme'});
  return segmenter.segment(text);
}

// Letters, arrows, box drawing, blocks, braille: one code point, one cell. Most of a screen; segmenting it would cost most of a
// frame's time.
const oneCellEach = /^[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u259f\u25cf\u2800-\u28ff]*$/;
// A cluster without any of these has width zero; the same rule as in Ink.
const visible =
  /[^\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Surrogate}]/v;
// East Asian Width W and F of Unicode; circled numbers and lone regional indicators inside these blocks are narrow.
const wide =
  /[[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]--[\u3248-\u324f\u{1f1e6}-\u{1f1ff}]]/v;
const spacingOrHalfwidthMark = /[\p{Spacing_Mark}\uff65-\uffdc]/v;

/** True if every character of the text is certain to use one cell in every terminal. */
export function isOneCellEach(text: string): boolean {
  return oneCellEach.test(text);
}

/** The characters of a cleaned text, each with its combining marks, and the terminal cells that it uses. */
export function* clustersOf(text: string): Generator<{readonly text: string; readonly width: number}> {
  if (oneCellEach.test(text)) {
    for (const character of text) yield {text: character, width: 1};
    return;
  }
  for (const {segment} of graphemesOf(text)) yield {text: segment, width: graphemeWidth(segment)};
}

/** Width of the text in terminal cells: wide characters count two, combining ones zero. For cleaned text. */
export function textWidth(text: string): number {
  if (oneCellEach.test(text)) return text.length;
  let width = 0;
  for (const {segment} of graphemesOf(text)) width += graphemeWidth(segment);
  return width;
}

/** The longest prefix of `text` that fits in `columns` cells, ending with `ellipsis` if it was cut. */
export function cutText(text: string, columns: number, ellipsis: string): string {
  if (textWidth(text) <= columns) return text;
  const end = textWidth(ellipsis) <= columns ? ellipsis : '';
  const room = columns - textWidth(end);
  let kept = '';
  let width = 0;
  for (const {segment} of graphemesOf(text)) {
    const next = graphemeWidth(segment);
    if (width + next > room) break;
    kept += segment;
    width += next;
  }
  return kept + end;
}

function graphemeWidth(segment: string): number {
  const start = segment.search(visible);
  if (start === -1) return 0;
  emoji ??= /^\p{RGI_Emoji}$/v;
  if (emoji.test(segment)) return 2;
  let width = 0;
  for (const character of segment.slice(start)) {
    if (width === 0) width = wide.test(character) ? 2 : 1;
    else if (spacingOrHalfwidthMark.test(character)) width += 1;
  }
  return width;
}
