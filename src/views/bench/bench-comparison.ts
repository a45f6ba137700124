import type {BenchDocument} from '../../api/bench/bench-document.ts';
import {totalTokensPerSecond} from '../../domain/bench/bench-point.ts';
import {highestOfEach, type PublishedThroughput, publishedThroughputs} from '../../domain/cost/published-throughput.ts';
import {isAbsent} from '../../samples/reading.ts';
import {compactText} from '../../shared/quantities/counts.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {rateNumber} from '../../shared/quantities/rates.ts';
import {percentText, wholePercentText} from '../../shared/quantities/ratios.ts';
import {padText, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import {verdictOf} from './bench-verdict.ts';

/** Columns of when or where, of who measured, and of the other cells. */
const PLACE_COLUMNS = 24;
const TOOL_COLUMNS = 18;
const FIRST_CELL_COLUMNS = 12;
const CELL_COLUMNS = 8;

type Line = readonly [place: string, tool: string, ...cells: readonly string[]];

/** Earlier benchmarks in a table, the newest first, each with its best load within its targets. */
export function benchListRows(benches: readonly BenchDocument[], {dash, times}: GlyphSet): readonly Row[] {
  const lines = benches.map((bench): Line => {
    const {workload, atMs, simulated, tool} = bench;
    const best = verdictOf(bench)?.best ?? null;
    return [
      utcText(atMs),
      `${tool.isOwn ? 'gantry' : tool.name}${simulated ? ', simulated' : ''}`,
      sizeText(workload.promptTokens, workload.answerTokens),
      percentText(workload.cachedRatio),
      best === null ? dash : `${best.concurrency}${times}`,
      best === null ? dash : rateNumber(totalTokensPerSecond(best)),
    ];
  });
  return tableRows(['measured', 'by', 'tokens', 'shared', 'load', 'total/s'], lines);
}

/**
 * The earlier benchmarks of this model and these sizes with the change since each, and what was published of nodes with the same
 * number of concurrent requests as one of its loads, the highest of each node. Empty where there is neither.
 */
export function comparisonRows(
  bench: BenchDocument,
  earlier: readonly BenchDocument[],
  glyphs: GlyphSet,
): readonly Row[] {
  const alike = earlier.filter((other) => isAlike(bench, other));
  const loads = new Set(bench.points.map(({concurrency}) => concurrency));
  const published = highestOfEach(
    publishedThroughputs.filter(({concurrency}) => concurrency !== null && loads.has(concurrency)),
  );
  return [
    ...(alike.length === 0
      ? []
      : tableRows(['earlier', 'by', 'load', 'total/s', 'now'], alike.map(earlierLine(bench, glyphs)))),
    ...(published.length === 0
      ? []
      : tableRows(['published', 'by', 'tokens', 'load', 'out/s', 'total/s'], published.map(publishedLine(glyphs)))),
  ];
}

/** Only the same question has a comparable answer. */
function isAlike(bench: BenchDocument, other: BenchDocument): boolean {
  return (
    other.atMs < bench.atMs &&
    other.simulated === bench.simulated &&
    other.model === bench.model &&
    other.workload.promptTokens === bench.workload.promptTokens &&
    other.workload.answerTokens === bench.workload.answerTokens &&
    Math.abs(other.workload.cachedRatio - bench.workload.cachedRatio) < 0.05
  );
}

/** The load with the most concurrent requests that both have. */
function earlierLine(bench: BenchDocument, {dash, times}: GlyphSet): (other: BenchDocument) => Line {
  return (other) => {
    const common = other.points.findLast(({concurrency}) =>
      bench.points.some((now) => now.concurrency === concurrency),
    );
    const now = bench.points.find(({concurrency}) => concurrency === common?.concurrency);
    const place = utcText(other.atMs);
    const tool = toolText(other);
    if (common === undefined || now === undefined) return [place, tool, dash, dash, dash];
    const [before, after] = [totalTokensPerSecond(common), totalTokensPerSecond(now)];
    const change = before > 0 ? changeText(after / before - 1) : dash;
    return [place, tool, `${common.concurrency}${times}`, rateNumber(before), change];
  };
}

/** `+12 %`; without a sign where nothing has changed. */
function changeText(ratio: number): string {
  const text = wholePercentText(Math.abs(ratio));
  return text === wholePercentText(0) ? text : `${ratio < 0 ? '-' : '+'}${text}`;
}

function toolText({tool, engine}: BenchDocument): string {
  const version = isAbsent(engine.version) ? '' : ` ${engine.version}`;
  return `${tool.isOwn ? 'gantry' : tool.name},${version}`.replace(/,$/, '');
}

function publishedLine({times}: GlyphSet): (published: PublishedThroughput) => Line {
  return ({gpuCount, card, model, workload, source, concurrency, ...rates}) => [
    `${gpuCount}x${card} ${model}`,
    source.split(',')[0] ?? source,
    workload.replaceAll(/ (?:in|out)/g, '').replace(', ', '/'),
    `${concurrency ?? ''}${times}`,
    rateNumber(rates.outputTokensPerSecond),
    rateNumber(rates.totalTokensPerSecond),
  ];
}

function sizeText(promptTokens: number, answerTokens: number): string {
  return `${compactText(promptTokens)}/${compactText(answerTokens)}`;
}

function tableRows(headings: Line, lines: readonly Line[]): readonly Row[] {
  const text = ([place, tool, ...cells]: Line): string =>
    [
      padText(place.slice(0, PLACE_COLUMNS - 1), PLACE_COLUMNS),
      padText(tool.slice(0, TOOL_COLUMNS - 1), TOOL_COLUMNS),
      ...cells.map((cell, index) => padText(cell, index === 0 ? FIRST_CELL_COLUMNS : CELL_COLUMNS, 'left')),
    ].join('');
  return [[span(text(headings), 'dim')], ...lines.map((line): Row => [span(text(line))])];
}
