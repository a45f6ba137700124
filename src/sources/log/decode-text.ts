/** Characters, and where each stands in the text that they were decoded from. */
export type DecodedText = {
  readonly source: string;
  readonly characters: string;
  /** Where in the source the character at this index begins. */
  readonly startOf: (index: number) => number;
  /** The source with something else in place of these ranges of `characters`. */
  readonly cut: (ranges: readonly {readonly from: number; readonly to: number}[], replacement: string) => string;
};

/** `%2B%C3%A9`, `\u002b`, `\x2b`, `\"`. Each character matches in one way: the time is linear. */
const encoded = /((?:%[0-9a-f]{2})+)|\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(["'\\/]))/gi;

/** Characters of `%2B`. */
const ENCODED_BYTE = 3;
/** What stands for bytes that are no UTF-8. */
const INVALID = '\ufffd';

/** A text in which nothing is decoded yet. */
export function plainText(source: string): DecodedText {
  return placed(source, source, (index) => index);
}

/** The text with one level of encoding undone; null if it has none. */
export function decodeText({source, characters, startOf}: DecodedText): DecodedText | null {
  const parts: string[] = [];
  const starts: number[] = [];
  let last = 0;
  const copy = (until: number): void => {
    parts.push(characters.slice(last, until));
    for (let index = last; index < until; index += 1) starts.push(startOf(index));
  };
  for (const match of characters.matchAll(encoded)) {
    const [whole, percent, unicode, hex, plain] = match;
    copy(match.index);
    let at = match.index;
    const decoded =
      percent === undefined
        ? (plain ?? String.fromCharCode(Number.parseInt(unicode ?? hex ?? '', 16)))
        : Buffer.from(percent.replaceAll('%', ''), 'hex').toString();
    for (const character of decoded) {
      for (let unit = 0; unit < character.length; unit += 1) starts.push(startOf(at));
      // Of invalid bytes, each is one character.
      if (percent !== undefined) at += ENCODED_BYTE * (character === INVALID ? 1 : Buffer.byteLength(character));
    }
    parts.push(decoded);
    last = match.index + whole.length;
  }
  if (last === 0) return null;
  copy(characters.length);
  starts.push(source.length);
  return placed(source, parts.join(''), (index) => starts[index] ?? source.length);
}

function placed(source: string, characters: string, startOf: DecodedText['startOf']): DecodedText {
  return {
    source,
    characters,
    startOf,
    cut(ranges, replacement) {
      const parts: string[] = [];
      let last = 0;
      for (const {from, to} of [...ranges].sort((a, b) => a.from - b.from)) {
        if (startOf(from) < last) continue;
        parts.push(source.slice(last, startOf(from)), replacement);
        last = startOf(to);
      }
      return parts.join('') + source.slice(last);
    },
  };
}
