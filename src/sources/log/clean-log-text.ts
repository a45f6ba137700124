/** ANSI control sequences: CSI, OSC (ended by BEL or ST) and the two-character escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const escapeSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~])/g;
/** What is left of control characters, C0 and C1 and DEL; tabs become a blank. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controlCharacter = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A log line that can be shown: no control sequence, no control character, no direction override reaches a terminal.
 * Of a line that a progress bar overwrote with carriage returns the last writing stays.
 */
export function cleanLogText(text: string): string {
  const trimmed = text.endsWith('\r') ? text.replace(/\r+$/, '') : text;
  const last = trimmed.slice(trimmed.lastIndexOf('\r') + 1);
  return last.replaceAll(escapeSequence, '').replaceAll('\t', ' ').replaceAll(controlCharacter, '');
}
