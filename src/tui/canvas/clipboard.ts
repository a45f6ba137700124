/** A longer text is cut: terminals drop sequences of more than about 75,000 characters, of which Base64 takes a third. */
export const MAX_COPIED_BYTES = 32 * 1024;

const ESCAPE = '\u001b';

/** The beginning of a text that fits into the clipboard's bound, and whether that is all of it. */
export function boundedCopy(text: string): {readonly text: string; readonly isWhole: boolean} {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_COPIED_BYTES) return {text, isWhole: true};
  // What is left of a cut character is none.
  const cut = new TextDecoder().decode(bytes.subarray(0, MAX_COPIED_BYTES)).replace(/\ufffd$/, '');
  return {text: cut, isWhole: false};
}

/**
 * The escape sequence that asks the terminal to take a text into its clipboard (OSC 52 of xterm: `c` is the clipboard, the text in
 * Base64). Inside tmux it is wrapped so that tmux passes it on (`allow-passthrough on`), and sent plainly, too, for a tmux
 * that sets the clipboard itself (`set-clipboard on`).
 */
export function clipboardSequence(text: string, isInTmux: boolean): string {
  const sequence = `${ESCAPE}]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  return isInTmux ? `${sequence}${ESCAPE}Ptmux;${sequence.replaceAll(ESCAPE, ESCAPE + ESCAPE)}${ESCAPE}\\` : sequence;
}
