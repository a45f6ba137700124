import {MASK} from '../../shared/mask-arguments.ts';
import {decodeText, plainText} from './decode-text.ts';

/** Shorter values may be ordinary words. */
const FEWEST_SECRET_CHARACTERS = 6;
/** Encoded in base64, a shorter part of a value may be anything. */
const FEWEST_ENCODED_CHARACTERS = 10;
/** Of a value that continues in the next line, at least this much ends a line. */
const FEWEST_CUT_CHARACTERS = 6;
/** Of a value that has begun in the line before, a shorter rest is only looked for where the line begins. */
const FEWEST_REST_CHARACTERS = 4;
/** Values nested in JSON in a URL, or in JSON in JSON. */
const MOST_ENCODINGS = 3;

/** Takes the lines of one text in order and returns them without the known secrets. */
export type LineMask = (line: string) => string;

/** Values that must not leave the node. */
export type KnownSecrets = {
  /** For the lines of one text: a value may begin in one line and end in the next. */
  readonly lineMask: () => LineMask;
};

/**
 * Finds values as they are, percent-encoded, escaped as in JSON or Python, as part of base64, and cut by a line end. Only
 * plain text is searched: the time is linear in the text.
 */
export function createKnownSecrets(values: Iterable<string>): KnownSecrets {
  const secrets = [...new Set(values)]
    .filter((value) => value.length >= FEWEST_SECRET_CHARACTERS)
    // A secret that contains another one is replaced first.
    .sort((a, b) => b.length - a.length);
  const sought = secrets.flatMap((secret) => [secret, ...writtenForms(secret), ...base64Parts(secret)]);
  return {
    lineMask() {
      let rests: readonly string[] = [];
      return (line) => {
        if (secrets.length === 0) return line;
        const [continued, ahead] = withoutRests(line, rests);
        const masked = withoutEncoded(continued, sought);
        const [whole, cut] = withoutCutEnd(masked, secrets);
        rests = cut;
        return ahead + whole;
      };
    },
  };
}

/** As most programs write it: undoing both encodings at the same time is wrong for a value that looks encoded itself. */
function writtenForms(secret: string): readonly string[] {
  const forms = [JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())];
  return forms.filter((form) => form !== secret);
}

/** The parts of a value's base64 that are the same wherever in a longer text the value stands. */
function base64Parts(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const parts = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const bits = 8 * (offset + bytes.length);
    return encoded.slice(Math.ceil((8 * offset) / 6), Math.floor(bits / 6));
  });
  return parts
    .filter((part) => part.length >= FEWEST_ENCODED_CHARACTERS)
    .flatMap((part) => [part, part.replaceAll('+', '-').replaceAll('/', '_')]);
}

/** Without the values as they are, and as they are once the line's encodings are undone. */
function withoutEncoded(line: string, sought: readonly string[]): string {
  let text = plainText(replaceAll(line, sought));
  for (let round = 0; round < MOST_ENCODINGS; round += 1) {
    const decoded = decodeText(text);
    if (decoded === null) break;
    text = decoded;
    const found = sought.flatMap((value) => placesOf(text.characters, value));
    if (found.length > 0) return withoutEncoded(text.cut(found, MASK), sought);
  }
  return text.source;
}

function replaceAll(line: string, sought: readonly string[]): string {
  return sought.reduce((rest, value) => rest.replaceAll(value, MASK), line);
}

function placesOf(text: string, value: string): {readonly from: number; readonly to: number}[] {
  const places: {from: number; to: number}[] = [];
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
    places.push({from: at, to: at + value.length});
  }
  return places;
}

/** The line without the rest of a value that the line before began; the part up to it is settled. */
function withoutRests(line: string, rests: readonly string[]): readonly [rest: string, ahead: string] {
  for (const rest of rests) {
    const start = line.length - line.trimStart().length;
    const at = rest.length < FEWEST_REST_CHARACTERS ? (line.startsWith(rest, start) ? start : -1) : line.indexOf(rest);
    if (at >= 0) return [line.slice(at + rest.length), line.slice(0, at) + MASK];
  }
  return [line, ''];
}

/** The line without the beginning of a value at its end, and what would complete the values that may have begun there. */
function withoutCutEnd(line: string, secrets: readonly string[]): readonly [line: string, rests: readonly string[]] {
  const end = withoutDots(line);
  let longest = 0;
  const rests: string[] = [];
  for (const secret of secrets) {
    for (let length = Math.min(secret.length - 1, end.length); length >= FEWEST_CUT_CHARACTERS; length -= 1) {
      if (!end.endsWith(secret.slice(0, length))) continue;
      longest = Math.max(longest, length);
      rests.push(secret.slice(length));
      break;
    }
  }
  return longest === 0 ? [line, []] : [end.slice(0, end.length - longest) + MASK, rests];
}

/** Without the dots that stand for the rest of a text, and the spaces before them. */
function withoutDots(line: string): string {
  let end = line.length;
  while (end > 0 && ' .\u2026'.includes(line.charAt(end - 1))) end -= 1;
  return line.slice(0, end);
}
