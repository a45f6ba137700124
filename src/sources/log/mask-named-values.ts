import {MASK} from '../../shared/mask-arguments.ts';
import {namesSecret} from './secret-values.ts';

const names = /[A-Za-z][A-Za-z0-9_-]*/g;
/** One word alone is as often a key of a dictionary or a token of a text: only with these, or as a parameter of an address. */
const secretAlone = /^(?:secrets?|passwords?|passwd|passphrase|authorization|credentials?|cookie|apikey)$/i;
const compound =
  /(?:[_-]|[a-z](?=[A-Z]))(?:key|token|secret|password|passwd|passphrase|credentials?|auth|authorization|cookie)$/i;
/** Of vocabularies, caches and databases. */
const ordinary =
  /(?:eos|bos|pad|unk|sep|cls|mask|stop|special|next|first|last|image|video|think|tool|cache|block|hash|prefix|sort|group|primary|partition|kv|routing)[_-]?(?:token|key)$/i;
/** Headers whose value has spaces. */
const wholeHeader = /^(?:authorization|proxy-authorization|cookie|set-cookie)$/i;
/** What programs print where there is no secret, or where it is masked already. */
const noSecret = /^(?:none|null|true|false|undefined|\d{0,5}|\*+|\[?redacted\]?)$/i;
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
    if (!isSecret(name, text[match.index - 1])) continue;
    const value = valueAfter(text, names.lastIndex, wholeHeader.test(name));
    if (value === null || noSecret.test(text.slice(value.from, value.to))) continue;
    masked += text.slice(rest, value.from) + MASK;
    rest = value.to;
    names.lastIndex = value.to;
  }
  return masked + text.slice(rest);
}

function isSecret(name: string, before: string | undefined): boolean {
  if (!namesSecret(name) || ordinary.test(name)) return false;
  return before === '?' || before === '&' || secretAlone.test(name) || compound.test(name);
}

/** Where the value of a name that ends at `from` stands: quoted, or up to what separates it from the next. */
function valueAfter(text: string, from: number, isWhole: boolean): {readonly from: number; readonly to: number} | null {
  let at = skipQuote(text, from);
  at = skipSpaces(text, at);
  if (text[at] !== ':' && text[at] !== '=') return null;
  at = skipSpaces(text, at + 1);
  if (/[bru]/.test(text[at] ?? '') && /["']/.test(text[at + 1] ?? '')) at += 1;
  const start = skipQuote(text, at);
  const quote = start > at ? text[start - 1] : null;
  // A quote that is escaped itself is closed by an escaped one.
  const isEscaped = quote !== null && text[at] === '\\';
  let end = start;
  while (end < text.length && !isEnd(text, end, {quote, isEscaped, isWhole})) {
    end += text[end] === '\\' && quote !== null && !isEscaped ? 2 : 1;
  }
  end = Math.min(end, text.length);
  return end === start ? null : {from: start, to: end};
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

function skipSpaces(text: string, at: number): number {
  let next = at;
  while (text[next] === ' ' && next - at < MOST_SPACES) next += 1;
  return next;
}
