import type {BenchFigures} from '../../api/bench/bench-document.ts';
import {totalTokensPerSecond} from '../../domain/bench/bench-point.ts';
import {type BenchVerdict, judgeBench} from '../../domain/bench/judge-bench.ts';
import {isAbsent} from '../../samples/reading.ts';
import {decimalText} from '../../shared/quantities/counts.ts';
import {latencyText} from '../../shared/quantities/durations.ts';
import {usdPerHourText} from '../../shared/quantities/money.ts';
import {tokensPerSecondText} from '../../shared/quantities/rates.ts';
import {exactPercentText, percentText} from '../../shared/quantities/ratios.ts';
import type {Tone} from '../rows.ts';

/** The verdict of a benchmark at its own mix and the prices of its time; null without a completed request. */
export function verdictOf({
  points,
  targets,
  nodeUsdPerHour,
  priceBook,
}: Omit<BenchFigures, 'workload' | 'endDetail'>): BenchVerdict | null {
  return judgeBench({points, targets, nodeUsdPerHour, prices: priceBook});
}

/** What the node sustains within the targets, against break-even, in one sentence. */
export function verdictSentence(bench: BenchFigures): {readonly text: string; readonly tone: Tone} {
  const verdict = verdictOf(bench);
  if (verdict === null) return {text: 'No request was completed: nothing can be said.', tone: 'critical'};
  const {best, breakEvenTokensPerSecond: needed} = verdict;
  const within = targetsText(bench);
  if (best === null) return {text: `No load stays within ${within}.`, tone: 'critical'};
  const sustained = totalTokensPerSecond(best);
  const streams = best.concurrency === 1 ? 'one request at a time' : `${best.concurrency} concurrent requests`;
  const does = `Sustains ${tokensPerSecondText(sustained)} with ${streams}${within === '' ? '' : ` and ${within}`}`;
  if (isAbsent(needed)) return {text: `${does}; break-even is unknown: ${needed.absent}.`, tone: 'normal'};
  const atLeast = verdict.isCachedKnown ? '' : ' or more';
  const price = isAbsent(bench.nodeUsdPerHour) ? '' : ` of ${usdPerHourText(bench.nodeUsdPerHour)}`;
  const mix = `${percentText(verdict.mix.inputRatio)} new input, ${percentText(verdict.mix.cachedInputRatio)} cached, ${percentText(verdict.mix.outputRatio)} output`;
  const ratio = needed > 0 ? sustained / needed : Number.POSITIVE_INFINITY;
  const reached = ratio >= 1 ? `${decimalText(ratio, 1)} times` : `${belowText(ratio)} of`;
  return {
    text: `${does}: ${reached} the ${tokensPerSecondText(needed)}${atLeast} that break even with ${bench.priceBook.name} at this node's price${price} and the same mix (${mix}).`,
    tone: ratio >= 1 ? 'ok' : 'warning',
  };
}

/** A part below 1, never as 100 %. */
function belowText(ratio: number): string {
  return percentText(ratio) === percentText(1) ? exactPercentText(Math.min(ratio, 0.999), 1) : percentText(ratio);
}

/** `p99 of the first token within 2.0 s`; empty without a target. */
function targetsText({targets: {firstTokenMs, perTokenMs}}: BenchFigures): string {
  const parts = [
    ...(firstTokenMs === null ? [] : [`p99 of the first token within ${latencyText(firstTokenMs)}`]),
    ...(perTokenMs === null ? [] : [`p99 of the time per token within ${latencyText(perTokenMs)}`]),
  ];
  return parts.join(' and ');
}
