/** Keys out of what was typed, in whole sequences. */
export type KeySequences = {
  /** What is whole, for Ink: of a sequence that it does not know, one of a key without a name. */
  readonly push: (bytes: string) => string;
  /** True while something is kept back that is a key, or nothing, if nothing follows. */
  readonly isHolding: () => boolean;
  /** Nothing followed for long: what may be a key is one, and what only begins a sequence is dropped. */
  readonly flush: () => string;
  /** What was kept back has turned out to begin a report. */
  readonly forget: () => void;
};

const ESCAPE = '\u001b';
/** Insert, which has no meaning in the console: it stands for every key that has no name. */
const NAMELESS = '\u001b[2~';
const PASTE_START = '\u001b[200~';
const PASTE_END = '\u001b[201~';
/** A control sequence (ECMA-48), the function keys of Linux's console and the shifted keys of rxvt. */
const CONTROL = /^\u001b\[(?:[235678]\$(?![@-~])|\[?[0-?]{0,64}[ -/]{0,4}[@-~])/;
const CONTROL_BEGUN = /^\u001b\[\[?[0-?]{0,64}[ -/]{0,4}$/;
const CONTROL_BROKEN = /^\u001b\[\[?[0-?]{0,64}[ -/]{0,4}/;
/** Keys that send a letter, alone or with what was held meanwhile; numbered ones; those of the kitty keyboard protocol. */
const LETTER_KEY = /^\u001b\[(?:\[[A-E]|(?:1;[\d:]{1,8})?[A-FHPQRSZ]|[a-e])$/;
const NUMBERED_KEY = /^\u001b\[(?:[1-8]|1[1-5]|1[7-9]|2[01]|2[34]|\[[56])(?:;[\d:]{1,8})?[~^$]$/;
const KITTY_KEY = /^\u001b\[\d[\d:;]{0,64}u$/;
/** Other numbered keys, F13 among them, and those that xterm sends for keys without a sequence of their own. */
const OTHER_KEY = /^\u001b\[\d[\d;:]{0,64}[~^$]$/;
const APPLICATION = /^\u001bO[\d;]{0,8}[@-~]/;
const APPLICATION_BEGUN = /^\u001bO[\d;]{0,8}$/;
const APPLICATION_KEY = /^\u001bO(?:1;\d)?[A-FHMP-Sa-d]$/;
/** The keys of a number pad in its own mode: each is the character 64 below. */
const PAD_KEY = /^\u001bO[j-y]$/;
/** A string of the terminal (OSC, DCS, APC, PM, SOS) with its end, as the answer to what another program asked. */
const STRING = /^\u001b[\]P_^X][ -~\u0080-\u00ff]{1,4096}(?:\u0007|\u001b\\)/;
/** The begin of such an answer: no key is pressed so soon after Alt and another one. */
const STRING_BEGUN = /^\u001b(?:\]\d|P[\d>!$+=]|_G)[ -~\u0080-\u00ff]{0,4096}\u001b?$/;
const STRING_BROKEN = /^\u001b(?:\]\d|P[\d>!$+=]|_G)[ -~\u0080-\u00ff]{0,4096}/;
/** What the reports begin with that the console asks for. */
const REPORT_BEGUN = /^\u001b\[(?:0|<[\d;]{0,16})?$/;
/** Alone, these are keys with Alt. */
const KEY_OR_MORE = /^\u001b[[O\]P_]$/;
/** Esc in the kitty keyboard protocol: Ink does not wait for what may follow it. */
const ESCAPE_KEY = '\u001b[27u';

/**
 * Puts sequences together wherever one read ends and the next begins: none of them ever types its characters, and pasted text
 * is never typed. Ink takes what does not arrive within a moment for typed text. Bytes come as characters of the same number.
 */
export function createKeySequences(): KeySequences {
  let held = '';
  /** The last characters of pasted text, in which its end may have begun; null outside of it. */
  let pasted: string | null = null;
  /** True if an Esc was the last key: a whole sequence without its Esc is one that arrived late. */
  let isAfterEscape = false;

  function push(bytes: string): string {
    if (bytes === '') return '';
    let rest = isAfterEscape && CONTROL.test(ESCAPE + bytes) ? ESCAPE + bytes : held + bytes;
    let whole = '';
    held = '';
    isAfterEscape = false;
    while (rest !== '') {
      const {length, typed} = pasted === null ? nextOf(rest) : restOfPaste(pasted, rest);
      if (length === 0) {
        held = rest;
        break;
      }
      const taken = rest.slice(0, length);
      whole += typed ?? taken;
      isAfterEscape = typed === ESCAPE_KEY;
      rest = rest.slice(length);
      if (pasted !== null) pasted = `${pasted}${taken}`.endsWith(PASTE_END) ? null : lastOf(`${pasted}${taken}`);
      else if (taken === PASTE_START) pasted = '';
    }
    return whole;
  }

  return {
    push,
    isHolding: () => held !== '',
    flush() {
      const begun = held;
      held = '';
      if (begun === `${ESCAPE}[`) return NAMELESS;
      return KEY_OR_MORE.test(begun) ? begun : '';
    },
    forget() {
      if (REPORT_BEGUN.test(held)) held = '';
    },
  };
}

/** So many characters, and what they are for Ink; undefined for themselves. None: what follows has to come first. */
type Next = {readonly length: number; readonly typed?: string};

function nextOf(text: string): Next {
  const start = text.indexOf(ESCAPE);
  if (start !== 0) return {length: start === -1 ? text.length : start};
  const second = text[1];
  if (second === '[') return nextControl(text);
  if (second === 'O') return nextApplication(text);
  if (KEY_OR_MORE.test(text) || STRING_BEGUN.test(text)) return {length: 0};
  // Interrupted, it is no text either: its letters would act.
  const string = (STRING.exec(text) ?? STRING_BROKEN.exec(text))?.[0];
  if (string !== undefined) return {length: string.length, typed: ''};
  // Two of them are Esc twice, or the old form of Alt before a sequence.
  if (second === ESCAPE && /^[[O]/.test(text.slice(2))) return {length: 1};
  return second === undefined || second === ESCAPE ? {length: 1, typed: ESCAPE_KEY} : {length: 2};
}

function nextControl(text: string): Next {
  const whole = CONTROL.exec(text)?.[0];
  if (whole === undefined) {
    if (CONTROL_BEGUN.test(text)) return {length: 0};
    // Interrupted, it is no text either.
    return {length: CONTROL_BROKEN.exec(text)?.[0].length ?? 2, typed: ''};
  }
  const {length} = whole;
  if (whole === PASTE_START) return {length};
  if (whole === PASTE_END) return {length, typed: ''};
  if (LETTER_KEY.test(whole) || NUMBERED_KEY.test(whole) || KITTY_KEY.test(whole)) return {length};
  // Everything else is what a terminal reports by itself, or answers.
  return {length, typed: OTHER_KEY.test(whole) ? NAMELESS : ''};
}

function nextApplication(text: string): Next {
  const whole = APPLICATION.exec(text)?.[0];
  if (whole === undefined) return {length: APPLICATION_BEGUN.test(text) ? 0 : 2};
  const {length} = whole;
  if (APPLICATION_KEY.test(whole)) return {length};
  if (!PAD_KEY.test(whole)) return {length, typed: NAMELESS};
  return {length, typed: String.fromCharCode(whole.charCodeAt(length - 1) - 64)};
}

/** Up to the end of pasted text, of which these characters came before. */
function restOfPaste(before: string, text: string): Next {
  const end = (before + text).indexOf(PASTE_END);
  return {length: end === -1 ? text.length : end + PASTE_END.length - before.length};
}

/** Less than the whole end of pasted text. */
function lastOf(text: string): string {
  return text.slice(1 - PASTE_END.length);
}
