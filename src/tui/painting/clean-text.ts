// C0 and C1 controls, line separators, and characters that reorder or hide adjacent text, or join what follows them:
// those of Grapheme_Cluster_Break=Prepend.
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\u{110bd}\u{110cd}\u{111c2}\u{111c3}\u{113d1}\u{1193f}\u{11941}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}\p{Surrogate}]/gv;
const unsafeOnce = new RegExp(unsafe.source, 'v');
const notAscii = /[^ -~]/gu;

/**
 * Text that cannot move the cursor, change a mode or reorder its row: each unsafe character becomes one space. The last
 * line of defense; outside text is already cleaned at its source.
 */
export function cleanText(text: string): string {
  return unsafeOnce.test(text) ? text.replace(unsafe, ' ') : text;
}

/** The same text for an ASCII-only terminal: every other character becomes `?`. */
export function asciiText(text: string): string {
  return text.replace(notAscii, '?');
}
