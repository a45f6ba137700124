/**
 * Control sequences as ECMA-48 writes them: CSI (colors, cursor), the strings OSC, DCS, SOS, PM and APC with their end,
 * and two-character escapes. Each also in its one-character C1 form.
 */
const controlSequences = [
  String.raw`(?:\u001b\[|\u009b)[0-?]*[ -\/]*[@-~]`,
  String.raw`(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f]*(?:\u0007|\u001b\\|\u009c)`,
  String.raw`\u001b[ -\/]*[0-~]`,
].join('|');

/** C0 and C1 controls, line and paragraph separators, and bidirectional marks that reorder text. */
const controlCharacters = String.raw`[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]`;

const unsafe = new RegExp(`${controlSequences}|${controlCharacters}`, 'gu');
const unsafeOnce = new RegExp(`${controlCharacters}`, 'u');

/** Width of a tab in columns; log parts are shown without tab stops. */
const TAB = '    ';

/**
 * A log line that cannot move the cursor, change a mode, set a title or reorder its row: control sequences and control
 * characters are removed, a tab becomes spaces. Of an unterminated string sequence only the start is removed, so
 * that it cannot hide the rest of a line.
 */
export function cleanLogText(text: string): string {
  const cleaned = unsafeOnce.test(text) ? text.replace(unsafe, '') : text;
  return cleaned.includes('\t') ? cleaned.replaceAll('\t', TAB) : cleaned;
}
