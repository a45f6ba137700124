import type {MetricFamily, MetricPoint, MetricType} from '../../samples/exposition.ts';
import {mbText} from '../../shared/quantities/bytes.ts';
import {err, ok, type Result} from '../../shared/result.ts';

/** Larger bodies are refused: no engine exposes that much, and an endless one must not fill our memory. */
export const MAX_EXPOSITION_BYTES = 10_000_000;

export type ExpositionError = {readonly code: string; readonly message: string; readonly remedy: string};

const namePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const familySuffixes: Readonly<Partial<Record<MetricType, readonly string[]>>> = {
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['_sum', '_count', '_created'],
  counter: ['_total', '_created'],
};

type OpenFamily = {readonly name: string; readonly type: MetricType; readonly points: MetricPoint[]};

/**
 * Parses a Prometheus text exposition (format 0.0.4; OpenMetrics' `# EOF` and exemplars are tolerated). A line that is
 * neither a comment nor a sample is an error with its number: a half-read metric would be a wrong number.
 */
export function parseExposition(text: string): Result<readonly MetricFamily[], ExpositionError> {
  if (text.length > MAX_EXPOSITION_BYTES) return err(tooLarge());
  const families = new Map<string, OpenFamily>();
  let start = 0;
  let lineNumber = 0;
  while (start < text.length) {
    const feed = text.indexOf('\n', start);
    const end = feed === -1 ? text.length : feed;
    const line = text.slice(start, end).trim();
    start = end + 1;
    lineNumber += 1;
    if (line === '') continue;
    if (line.startsWith('#')) {
      declare(line, families);
      continue;
    }
    const point = parsePoint(line);
    if (point === null) return err(malformed(lineNumber, line));
    familyOf(point.name, families).points.push(point);
  }
  return ok([...families.values()]);
}

/** The finding of a body that is larger than MAX_EXPOSITION_BYTES. */
export function tooLarge(): ExpositionError {
  return {
    code: 'source.metrics.too-large',
    message: `The metrics are larger than ${mbText(MAX_EXPOSITION_BYTES)}.`,
    remedy: 'Check that this address is the engine\u2019s /metrics.',
  };
}

function malformed(lineNumber: number, line: string): ExpositionError {
  return {
    code: 'source.metrics.malformed',
    message: `Line ${lineNumber} of the metrics is not a sample: "${line.slice(0, 80)}" (expected: name{label="value"} number).`,
    remedy: 'Check that this address is the engine\u2019s /metrics.',
  };
}

function declare(line: string, families: Map<string, OpenFamily>): void {
  const [, keyword, name, type] = line.split(/\s+/, 4);
  if (keyword !== 'TYPE' || name === undefined || type === undefined) return;
  const known = families.get(name);
  if (known === undefined) families.set(name, {name, type: metricType(type), points: []});
}

function metricType(word: string): MetricType {
  return word === 'counter' || word === 'gauge' || word === 'histogram' || word === 'summary' ? word : 'untyped';
}

/** The declared family of a series, by its exact name or its type's suffixes; otherwise a family of its own. */
function familyOf(series: string, families: Map<string, OpenFamily>): OpenFamily {
  const exact = families.get(series);
  if (exact !== undefined) return exact;
  const cut = series.lastIndexOf('_');
  const base = families.get(series.slice(0, cut));
  if (base !== undefined && familySuffixes[base.type]?.includes(series.slice(cut)) === true) return base;
  const own: OpenFamily = {name: series, type: 'untyped', points: []};
  families.set(series, own);
  return own;
}

function parsePoint(line: string): MetricPoint | null {
  const name = namePattern.exec(line)?.[0];
  if (name === undefined) return null;
  let rest = line.slice(name.length);
  let labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    const parsed = parseLabels(rest);
    if (parsed === null) return null;
    labels = parsed.labels;
    rest = rest.slice(parsed.length);
  }
  if (!/^\s/.test(rest)) return null;
  // What follows the value (a timestamp, an exemplar) is not needed.
  const value = parseValue(rest.trimStart().replace(/\s.*/s, ''));
  return value === null ? null : {name, labels, value};
}

function parseValue(word: string): number | null {
  if (numberPattern.test(word)) return Number(word);
  if (word === 'NaN') return Number.NaN;
  if (word === '+Inf' || word === 'Inf') return Number.POSITIVE_INFINITY;
  return word === '-Inf' ? Number.NEGATIVE_INFINITY : null;
}

const labelPattern = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,?)/y;

/** Labels from `{` to `}`; the length counts both. Null when they are not well formed. */
function parseLabels(text: string): {readonly labels: Record<string, string>; readonly length: number} | null {
  const labels: Record<string, string> = {};
  let position = 1;
  for (;;) {
    if (/^\s*\}/.test(text.slice(position, position + 8))) {
      return {labels, length: text.indexOf('}', position) + 1};
    }
    labelPattern.lastIndex = position;
    const match = labelPattern.exec(text);
    if (match === null) return null;
    labels[match[1] ?? ''] = unescapeLabel(match[2] ?? '');
    position = labelPattern.lastIndex;
    if (match[3] === '' && text[position] !== '}') return null;
  }
}

function unescapeLabel(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
