// C0 and C1 controls, line separators, and characters that reorder or hide adjacent text.
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}\p{Surrogate}]/gv;
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
