import type {MetricPoint} from '../../samples/exposition.ts';

const namePattern = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const labelPattern = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"/y;
const betweenPattern = /\s*(,?)/y;
const endPattern = /\s*\}/y;
const spacePattern = /\s+/y;
const wordPattern = /\S+/y;

/** A sample; `identity` is its name and labels as printed. */
export type ParsedPoint = {readonly point: MetricPoint; readonly identity: string};

/** The name at the start of a sample line; null if it has none. */
export function seriesNameOf(line: string): string | null {
  namePattern.lastIndex = 0;
  return namePattern.test(line) ? line.slice(0, namePattern.lastIndex) : null;
}

/** A sample line that begins with this name; null if it is not well formed. */
export function parsePoint(line: string, name: string): ParsedPoint | null {
  const labels = line.charAt(name.length) === '{' ? parseLabels(line, name.length + 1) : {labels: {}, end: name.length};
  if (labels === null) return null;
  const value = readValue(line, labels.end);
  if (value === null) return null;
  return {point: {name, labels: labels.labels, value}, identity: line.slice(0, labels.end)};
}

/**
 * The value behind name and labels, which end at `end`; null if there is none. What follows it (a timestamp, an exemplar) is
 * not needed.
 */
export function readValue(line: string, end: number): number | null {
  spacePattern.lastIndex = end;
  if (!spacePattern.test(line)) return null;
  const start = spacePattern.lastIndex;
  wordPattern.lastIndex = start;
  return wordPattern.test(line) ? parseValue(line.slice(start, wordPattern.lastIndex)) : null;
}

function parseValue(word: string): number | null {
  if (numberPattern.test(word)) return Number(word);
  if (word === 'NaN') return Number.NaN;
  if (word === '+Inf' || word === 'Inf') return Number.POSITIVE_INFINITY;
  return word === '-Inf' ? Number.NEGATIVE_INFINITY : null;
}

/** Labels from behind the `{` to behind the `}`. Null when they are not well formed. */
function parseLabels(
  line: string,
  start: number,
): {readonly labels: Record<string, string>; readonly end: number} | null {
  const labels: Record<string, string> = {};
  let position = start;
  for (let isLast = false; ; ) {
    endPattern.lastIndex = position;
    if (endPattern.test(line)) return {labels, end: endPattern.lastIndex};
    labelPattern.lastIndex = position;
    const name = isLast ? undefined : labelPattern.exec(line)?.[1];
    if (name === undefined) return null;
    const end = endOfValue(line, labelPattern.lastIndex);
    if (end === -1) return null;
    labels[name] = unescapeLabel(line.slice(labelPattern.lastIndex, end));
    betweenPattern.lastIndex = end + 1;
    isLast = betweenPattern.exec(line)?.[1] === '';
    position = betweenPattern.lastIndex;
  }
}

/** Where the quote is that ends a value; -1 if there is none. */
function endOfValue(line: string, start: number): number {
  let quote = line.indexOf('"', start);
  // A quote behind an odd number of backslashes is part of the value.
  while (quote >= 0 && backslashesBefore(line, quote, start) % 2 === 1) quote = line.indexOf('"', quote + 1);
  return quote;
}

function backslashesBefore(line: string, position: number, start: number): number {
  let first = position;
  while (first > start && line.charAt(first - 1) === '\\') first -= 1;
  return position - first;
}

function unescapeLabel(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replaceAll(/\\(.)/gs, (_, character: string) => (character === 'n' ? '\n' : character));
}
