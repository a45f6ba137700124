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

/** What passes the sequences of programs on to the terminal, and reads them itself before. */
export type Multiplexer = 'tmux' | 'screen';

/** GNU screen keeps a string in 768 bytes (MAXSTR), and shows as text what a longer one has more. */
const SCREEN_STRING_BYTES = 600;

/**
 * The multiplexer that the console runs in, here or before ssh, which passes on only `TERM`. GNU screen is assumed where either is
 * possible: tmux ignores what is meant for screen, but screen would show a long sequence as text. Null for none.
 */
export function multiplexerOf(environment: Readonly<Record<string, string | undefined>>): Multiplexer | null {
  const {TERM: term = '', TMUX: tmux = '', STY: screen = ''} = environment;
  if (term.startsWith('tmux')) return 'tmux';
  if (tmux !== '' && screen === '' && !term.startsWith('screen.')) return 'tmux';
  return screen !== '' || term.startsWith('screen') ? 'screen' : null;
}

/**
 * The escape sequence that asks the terminal to take a text into its clipboard (OSC 52 of xterm: `c` is the clipboard, the text in
 * Base64). Inside tmux it is wrapped so that tmux passes it on (`allow-passthrough on`), and sent plainly, too, for a tmux
 * that sets the clipboard itself (`set-clipboard on`). GNU screen passes on what is in device control strings, and needs several.
 */
export function clipboardSequence(text: string, multiplexer: Multiplexer | null): string {
  const sequence = `${ESCAPE}]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  switch (multiplexer) {
    case null:
      return sequence;
    case 'tmux':
      return `${sequence}${ESCAPE}Ptmux;${sequence.replaceAll(ESCAPE, ESCAPE + ESCAPE)}${ESCAPE}\\`;
    case 'screen': {
      // screen ignores a short one; if this is a tmux after all, it may set the clipboard with it.
      const plain = sequence.length <= SCREEN_STRING_BYTES ? sequence : '';
      return plain + inParts(sequence).join('');
    }
  }
}

function inParts(sequence: string): readonly string[] {
  const count = Math.ceil(sequence.length / SCREEN_STRING_BYTES);
  return Array.from({length: count}, (_, index) => {
    const part = sequence.slice(index * SCREEN_STRING_BYTES, (index + 1) * SCREEN_STRING_BYTES);
    return `${ESCAPE}P${part}${ESCAPE}\\`;
  });
}
