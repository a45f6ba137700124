import {type BenchPoint, outputTokensPerSecond, totalTokensPerSecond} from '../../domain/bench/bench-point.ts';
import {type BenchTargets, isWithinTargets} from '../../domain/bench/judge-bench.ts';
import {isAbsent, mapReading} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {latencyText} from '../../shared/quantities/durations.ts';
import {rateNumber} from '../../shared/quantities/rates.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {padText, span} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';

/** Columns of a cell with the gap before it. */
const CELL_COLUMNS = 9;
const STREAM_COLUMNS = 7;

const headings = ['requests', 'out/s', 'total/s', 'cached', 'TTFT p50', 'p99', 'TPOT p50', 'p99'] as const;

/** The loads of a benchmark as a table of 80 columns, one row for each number of concurrent requests. */
export function loadTable(points: readonly BenchPoint[], targets: BenchTargets, glyphs: GlyphSet): readonly Row[] {
  const head = headings.map((heading) => padText(heading, CELL_COLUMNS, 'left')).join('');
  return [
    [span(`${padText('streams', STREAM_COLUMNS)}${head}`, 'dim')],
    ...points.map((point): Row => {
      const isWithin = isWithinTargets(point, targets);
      const tone: Tone = isWithin ? 'normal' : 'warning';
      const cells = cellsOf(point, glyphs).map((cell) => padText(cell, CELL_COLUMNS, 'left'));
      return [
        span(padText(String(point.concurrency), STREAM_COLUMNS)),
        span(cells.join(''), tone),
        span(isWithin ? '' : '!', tone),
      ];
    }),
    ...(points.every((point) => isWithinTargets(point, targets))
      ? []
      : [[span('! slower than the target', 'warning')]]),
  ];
}

function cellsOf(point: BenchPoint, glyphs: GlyphSet): readonly string[] {
  const {completed, failed, promptTokens, cachedPromptTokens, timeToFirstToken, timePerOutputToken} = point;
  const cached = mapReading(cachedPromptTokens, (tokens) => (promptTokens === 0 ? 0 : tokens / promptTokens));
  const isAnyFailed = !isAbsent(failed) && failed > 0;
  return [
    isAnyFailed ? `${countText(completed)}-${countText(failed)}` : countText(completed),
    rateNumber(outputTokensPerSecond(point)),
    rateNumber(totalTokensPerSecond(point)),
    shown(cached, glyphs, percentText),
    shown(timeToFirstToken.p50Ms, glyphs, latencyText),
    shown(timeToFirstToken.p99Ms, glyphs, latencyText),
    shown(timePerOutputToken.p50Ms, glyphs, latencyText),
    shown(timePerOutputToken.p99Ms, glyphs, latencyText),
  ];
}
