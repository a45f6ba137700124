import {MASK} from '../../shared/mask-arguments.ts';
import {isSecretName, isSecretParameter} from '../../shared/secret-names.ts';
import {isCodeValue, MOST_READ} from './code-value.ts';

const names = /[A-Za-z][A-Za-z0-9_-]*/g;
/** One word alone is as often a part of a message: only before `=`, before a quoted value, or in an address. */
const wordAlone = /^[A-Za-z]+$/;
/** Headers whose value has spaces. */
const wholeHeader = /^(?:authorization|proxy-authorization|cookie|set-cookie)$/i;
/** What programs print where there is no secret, or where it is masked already. */
const noSecret = /^(?:none|null|true|false|undefined|[\d.,_]*|\*+|\[?redacted\]?)$/i;
/** After a colon and without quotes: a word of a message (`--hf-token: expected one argument`), a module, a file. */
const ofMessage = /^(?:[A-Za-z_-]{1,31}|[\w-]+(?:\.[\w-]+){2,}|[~.]?\/[\w./-]*)[.!?]?$/;
/** Of a longer name, only its end says what its value is. */
const LONGEST_NAME = 100;
/** Most spaces between a name, its separator and its value. */
const MOST_SPACES = 8;

/**
 * Text without the values of secret names: variables, settings, headers and parameters of addresses. Every character is
 * read once from left to right: the time is linear.
 */
export function maskNamedValues(text: string): string {
  let masked = '';
  let rest = 0;
  names.lastIndex = 0;
  for (let match = names.exec(text); match !== null; match = names.exec(text)) {
    const [name] = match;
    const isParameter = text[match.index - 1] === '?' || text[match.index - 1] === '&';
    const end = name.slice(-LONGEST_NAME);
    if (!(isParameter ? isSecretParameter(end) : isSecretName(end))) continue;
    const value = valueAfter(text, names.lastIndex, wholeHeader.test(name));
    if (value === null || !isSecretText(text.slice(value.from, value.to), value, name)) continue;
    if (isCode(text, value, name)) continue;
    masked += text.slice(rest, value.from) + MASK;
    rest = value.to;
    names.lastIndex = value.to;
  }
  return masked + text.slice(rest);
}

function isSecretText(text: string, {isQuoted, sign}: Value, name: string): boolean {
  if (noSecret.test(text)) return false;
  if (isQuoted || sign === '=') return true;
  return (wholeHeader.test(name) || !wordAlone.test(name)) && !ofMessage.test(text);
}

function isCode(text: string, {from, to, isQuoted, sign, isSpaced}: Value, name: string): boolean {
  if (isQuoted || sign !== '=') return false;
  const rest = text.slice(to, to + MOST_READ);
  return isCodeValue({name, value: text.slice(from, to), rest, isSpaced});
}

type Value = {
  readonly from: number;
  readonly to: number;
  readonly isQuoted: boolean;
  readonly sign: '=' | ':';
  readonly isSpaced: boolean;
};

/** Where the value of a name that ends at `from` stands: quoted, or up to what separates it from the next. */
function valueAfter(text: string, from: number, isWhole: boolean): Value | null {
  let at = skipQuote(text, from);
  // An element: `os.environ["HF_TOKEN"] = `.
  if (at > from && text[at] === ']') at += 1;
  at = skipSpaces(text, at);
  // An assignment within an expression is one, a comparison is none.
  if (text.startsWith(':=', at)) at += 1;
  if (text.startsWith('== ', at) && at > from) return null;
  const sign = text[at];
  if (sign !== ':' && sign !== '=') return null;
  const next = skipSpaces(text, at + 1);
  const isSpaced = next > at + 1 || text[at - 1] === ' ';
  at = skipLetters(text, next);
  const start = skipQuote(text, at);
  const quote = start > at ? text[start - 1] : null;
  // A quote that is escaped itself is closed by an escaped one.
  const isEscaped = quote !== null && text[at] === '\\';
  let end = start;
  while (end < text.length && !isEnd(text, end, {quote, isEscaped, isWhole})) {
    end += text[end] === '\\' && quote !== null && !isEscaped ? 2 : 1;
  }
  end = Math.min(end, text.length);
  return end === start ? null : {from: start, to: end, isQuoted: quote !== null, sign, isSpaced};
}

function isEnd(
  text: string,
  at: number,
  {
    quote,
    isEscaped,
    isWhole,
  }: {readonly quote: string | null | undefined; readonly isEscaped: boolean; readonly isWhole: boolean},
): boolean {
  const character = text[at] ?? '';
  if (quote !== null) return isEscaped ? character === '\\' && text[at + 1] === quote : character === quote;
  return isWhole ? /["'\r\n]/.test(character) : /[\s"',;&()[\]{}<>]/.test(character);
}

function skipQuote(text: string, at: number): number {
  const next = text[at] === '\\' ? at + 1 : at;
  return text[next] === '"' || text[next] === "'" ? next + 1 : at;
}

/** The letters of Python in front of a quote: bytes, raw and formatted text. */
function skipLetters(text: string, at: number): number {
  return at + (/^[bruf]{1,2}(?=["'])/i.exec(text.slice(at, at + 3))?.[0].length ?? 0);
}

function skipSpaces(text: string, at: number): number {
  let next = at;
  while (text[next] === ' ' && next - at < MOST_SPACES) next += 1;
  return next;
}
