import {type BenchPoint, totalTokensPerSecond} from '../../domain/bench/bench-point.ts';
import {isAbsent} from '../../samples/reading.ts';
import {latencyText} from '../../shared/quantities/durations.ts';
import {rateNumber} from '../../shared/quantities/rates.ts';
import {padText, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Span, Tone} from '../rows.ts';

export type LatencyPlotSpace = {readonly columns: number; readonly rows: number; readonly glyphs: GlyphSet};

/** What is drawn across the plot: the rate of break-even, and the target of the first token. */
export type LatencyPlotLimits = {readonly tokensPerSecond: number | null; readonly firstTokenMs: number | null};

/** A limit so many times above all points would press them together: it is only named. */
const FARTHEST_LIMIT = 2.5;

type Cell = {readonly text: string; readonly tone: Tone};
type Mark = {readonly x: number; readonly y: number; readonly label: string};

/**
 * Tokens per second against p99 of the first token, both from zero: each load is its number of concurrent requests. Empty where
 * no load has both.
 */
export function latencyPlot(
  points: readonly BenchPoint[],
  limits: LatencyPlotLimits,
  {columns, rows, glyphs}: LatencyPlotSpace,
): readonly Row[] {
  const marks = points.flatMap((point): readonly Mark[] => {
    const {p99Ms} = point.timeToFirstToken;
    return isAbsent(p99Ms) ? [] : [{x: p99Ms, y: totalTokensPerSecond(point), label: String(point.concurrency)}];
  });
  if (marks.length === 0) return [];
  const top = topOf(
    marks.map(({y}) => y),
    limits.tokensPerSecond,
  );
  const right = topOf(
    marks.map(({x}) => x),
    limits.firstTokenMs,
  );
  const labelColumns = rateNumber(top).length + 1;
  const width = Math.max(8, columns - labelColumns - 1);
  const column = (x: number): number => Math.min(width - 1, Math.round((x / right) * (width - 1)));
  const row = (y: number): number => rows - 1 - Math.min(rows - 1, Math.round((y / top) * (rows - 1)));
  const grid: Cell[][] = Array.from({length: rows}, () =>
    Array.from({length: width}, () => ({text: ' ', tone: 'dim'})),
  );
  const put = (y: number, x: number, text: string, tone: Tone): void => {
    const line = grid[y];
    if (line?.[x] !== undefined) line[x] = {text, tone};
  };
  const {tokensPerSecond, firstTokenMs} = limits;
  if (tokensPerSecond !== null && tokensPerSecond <= top) {
    for (let x = 0; x < width; x += 1) put(row(tokensPerSecond), x, glyphs.plot.limit, 'limit');
  }
  if (firstTokenMs !== null && firstTokenMs <= right) {
    for (let y = 0; y < rows; y += 1) put(y, column(firstTokenMs), glyphs.plot.markLine, 'limit');
  }
  for (const {x, y, label} of marks) {
    const start = Math.max(0, Math.min(width - label.length, column(x)));
    for (const [index, character] of [...label].entries()) put(row(y), start + index, character, 'strong');
  }
  return [
    [span('tokens/s', 'dim')],
    ...grid.map((cells, index) => [
      span(padText(index === 0 ? rateNumber(top) : index === rows - 1 ? '0' : '', labelColumns - 1, 'left'), 'dim'),
      span(glyphs.plot.axis, 'dim'),
      ...joined(cells),
    ]),
    [span(`${' '.repeat(labelColumns - 1)}${glyphs.plot.corner}${glyphs.plot.timeAxis.repeat(width)}`, 'dim')],
    [
      span(' '.repeat(labelColumns), 'dim'),
      span(padText('0', width - latencyText(right).length), 'dim'),
      span(latencyText(right), 'dim'),
      span('', 'dim'),
    ],
    [span(padText('p99 of the first token', columns, 'left'), 'dim')],
  ];
}

function topOf(values: readonly number[], limit: number | null): number {
  const most = Math.max(...values);
  const isNear = limit !== null && limit > most && limit <= most * FARTHEST_LIMIT;
  return Math.max(1, isNear ? limit : most);
}

/** Neighbours of one tone as one span. */
function joined(cells: readonly Cell[]): readonly Span[] {
  const spans: {text: string; tone: Tone}[] = [];
  for (const {text, tone} of cells) {
    const last = spans.at(-1);
    if (last?.tone === tone) last.text += text;
    else spans.push({text, tone});
  }
  return spans;
}
