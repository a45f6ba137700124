/** A name of a program with its parts: `self.api_key`, `AutoTokenizer.from_pretrained`. */
const dotted = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,10}$/;
/** What an object or the environment holds: the line shows where the value is, not what it is. */
const holder = /^(?:self|cls|os)\./;
const environment = /^os\.(?:environ|getenv)\b/;
/** As in `env`: a value there is never code, besides what asks for a variable. */
const variable = /^[A-Z][A-Z0-9_]*$/;
/** What may stand behind a call or an element of a list. */
const behind = /^(?:$|[\s,;:.)\]}[(])/;
const closing: Readonly<Partial<Record<string, string>>> = {'(': ')', '[': ']'};
/** Most characters of a call that are read to find its end. */
export const MOST_READ = 200;

/** A value without quotes, the name it belongs to, and the rest of its line. */
export type UnquotedValue = {
  readonly name: string;
  readonly value: string;
  readonly rest: string;
  /** A space stands between name and sign, or between sign and value. */
  readonly isSpaced: boolean;
};

/**
 * True for a value that is source code, as a traceback shows it: `token = self.token`, `api_key=args.api_key`,
 * `password=password`, `key = load_key(`. Such a line tells where a secret comes from and has none.
 */
export function isCodeValue({name, value, rest, isSpaced}: UnquotedValue): boolean {
  if (!dotted.test(value)) return false;
  if (value === name || environment.test(value)) return true;
  if (!isSpaced && variable.test(name)) return false;
  return holder.test(value) || value.endsWith(`.${name}`) || isUse(rest);
}

/** A call, or an element: with its end, or at a place where a line of code is broken. A password may have a bracket too. */
function isUse(rest: string): boolean {
  const close = closing[rest[0] ?? ''];
  if (close === undefined) return false;
  let depth = 0;
  const read = Math.min(rest.length, MOST_READ);
  for (let at = 0; at < read; at += 1) {
    if (rest[at] === rest[0]) depth += 1;
    if (rest[at] === close) depth -= 1;
    if (depth === 0) return behind.test(rest.slice(at + 1, at + 2));
  }
  return read === MOST_READ || /[([{,]\s*$/.test(rest);
}
