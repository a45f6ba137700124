import type {BenchDocument, BenchFigures} from '../../api/bench/bench-document.ts';
import {isAbsent} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';
import {comparisonRows} from './bench-comparison.ts';
import {verdictOf, verdictSentence} from './bench-verdict.ts';
import {latencyPlot} from './latency-plot.ts';
import {loadTable} from './load-table.ts';

const PLOT_ROWS = 10;
/** Of one sentence. */
const MOST_ROWS = 8;
const blank: Row = [];

export type BenchTextOptions = {readonly columns: number; readonly glyphs: GlyphSet};

/** A benchmark as text: the verdict first, then the plot and the table behind it, and what it compares with. */
export function benchText(
  bench: BenchDocument,
  earlier: readonly BenchDocument[],
  options: BenchTextOptions,
): readonly Row[] {
  return [
    ...figureRows(bench, options),
    ...spaced(comparisonRows(bench, earlier, options.glyphs)),
    blank,
    ...sentences(workloadText(bench), 'dim', options),
    ...sentences(sourceText(bench), 'dim', options),
  ];
}

/** What a benchmark without a server measured, as text: it has no latency of requests, and stands for no other one. */
export function offlineBenchText(
  bench: BenchFigures,
  {tool, file, atMs}: {readonly tool: string; readonly file: string; readonly atMs: number},
  options: BenchTextOptions,
): readonly Row[] {
  const {promptTokens, answerTokens, cachedRatio} = bench.workload;
  const shared = cachedRatio === 0 ? '' : ', the prompt computed once for all';
  const how = `Measured without an HTTP server by ${tool}: ${countText(promptTokens)} prompt and ${countText(answerTokens)} answer tokens in each sequence${shared}, all sequences at the same time and in step.`;
  return [
    ...figureRows(bench, options),
    blank,
    ...sentences(`${how} No request waited or was streamed: a server sustains less.`, 'warning', options),
    ...sentences(
      `From ${file}, written ${utcText(atMs)}, which does not say of which model and settings.`,
      'dim',
      options,
    ),
  ];
}

function figureRows(bench: BenchFigures, options: BenchTextOptions): readonly Row[] {
  const {points, targets} = bench;
  const {columns, glyphs} = options;
  const verdict = verdictSentence(bench);
  const needed = verdictOf(bench)?.breakEvenTokensPerSecond;
  const limits = {
    tokensPerSecond: needed === undefined || isAbsent(needed) ? null : needed,
    firstTokenMs: targets.firstTokenMs,
  };
  const plot = latencyPlot(points, limits, {columns, rows: PLOT_ROWS, glyphs});
  return [
    ...sentences(verdict.text, verdict.tone, options),
    ...(bench.endDetail === null ? [] : sentences(bench.endDetail, 'warning', options)),
    ...spaced(plot),
    blank,
    ...loadTable(points, targets, glyphs),
  ];
}

/** After an empty line, if there is anything. */
function spaced(rows: readonly Row[]): readonly Row[] {
  return rows.length === 0 ? [] : [blank, ...rows];
}

const origins = {
  observed: "this node's requests of the last 7 days",
  default: 'the published measurements',
  given: 'the command line',
};

function workloadText({
  workload: {promptTokens, answerTokens, cachedRatio, sizesFrom, cachedFrom},
}: BenchDocument): string {
  const sizes = `Each request: ${countText(promptTokens)} prompt and ${countText(answerTokens)} answer tokens (from ${origins[sizesFrom]})`;
  return `${sizes}, ${percentText(cachedRatio)} of the prompt shared with all others (from ${origins[cachedFrom]}).`;
}

function sourceText({tool, engine, model, atMs, simulated}: BenchDocument): string {
  const by = tool.isOwn
    ? "Gantry's own load generator"
    : `${tool.name}${tool.version === null ? '' : ` ${tool.version}`}`;
  const version = isAbsent(engine.version) ? '' : ` ${engine.version}`;
  return `${simulated ? 'SIMULATED. ' : ''}Measured by ${by} on ${engine.displayName}${version} with ${model}, ${utcText(atMs)}.`;
}

function sentences(text: string, tone: Tone, {columns, glyphs}: BenchTextOptions): readonly Row[] {
  return wrapText(text, tone, columns, MOST_ROWS, glyphs);
}
