import type {Random} from './random.ts';

/** What breaks readers: controls, brackets, quotes, numbers beyond any type, names that objects have. */
const fragments: readonly string[] = [
  ...['\u0000', '\u001b[2J', '\u001b]0;x\u0007', '\u009b', '\u202e', '\ufeff', '\ud800', '\r', '\n', '\r\n', '\t', ' '],
  ...[
    '"',
    "'",
    '\\',
    '\\"',
    '`',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '<',
    '>',
    '<!',
    ']]>',
    '&',
    '&a',
    '*a',
    '&lt;',
    '!!',
    '%',
    '#',
  ],
  ...[
    '-1',
    '0',
    '1e308',
    '1e999',
    '9007199254740993',
    '99999999999999999999',
    'NaN',
    '+Inf',
    '0x10',
    '1,2,3',
    '.',
    '-',
    '+',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'null',
    'true',
    '~',
    '---',
    '...',
    '<<: ',
    '? ',
    '- ',
    ': ',
    ', ',
    ' | ',
    '=',
    ';',
  ],
  ...['api_key=', "--api-key '", 'Bearer ', 'error: ', 'Traceback', 'é', '漢', '👩‍👩‍👧', 'a\u0301', '\u2028'],
];
const LONGEST_CHARACTERS = 32_768;
const MOST_REPETITIONS = 2_000;

/** The text with one to four places broken; sometimes a part of it thousands of times. */
export function mutateText(random: Random, original: string): string {
  let text = original;
  for (let count = 1 + random.below(4); count > 0; count -= 1) text = mutateOnce(random, text);
  return text.slice(0, LONGEST_CHARACTERS);
}

function mutateOnce(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const part = text.slice(at, at + 1 + random.below(random.below(4) === 0 ? 400 : 12));
  const before = text.slice(0, at);
  const after = text.slice(at + part.length);
  switch (random.below(9)) {
    case 0:
      return before + after;
    case 1:
      return before;
    case 2:
      return before + random.pick(fragments) + part + after;
    case 3:
      return before + random.pick(fragments) + after;
    case 4:
      return before + part + part + after;
    case 5:
      return before + repeated(random, part === '' ? random.pick(fragments) : part) + after;
    case 6:
      return before + repeated(random, random.pick(fragments)) + part + after;
    case 7:
      return before + String.fromCharCode(random.below(random.below(2) === 0 ? 256 : 65_536)) + after;
    default:
      return withOtherNumber(random, text, at);
  }
}

function repeated(random: Random, part: string): string {
  return part.repeat(
    1 + random.below(Math.max(1, Math.min(MOST_REPETITIONS, Math.floor(LONGEST_CHARACTERS / part.length)))),
  );
}

/** The next number becomes another one. */
function withOtherNumber(random: Random, text: string, at: number): string {
  const found = /\d+(?:\.\d+)?/.exec(text.slice(at));
  if (found === null) return text;
  const start = at + found.index;
  const number = random.pick(['-1', '0', '1', '1e18', '99999999999999999999', '0.1', '007', '1e-9', '4294967296']);
  return text.slice(0, start) + number + text.slice(start + found[0].length);
}
