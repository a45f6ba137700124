import {builtInPrices} from '../../src/config/prices/built-in-prices.ts';
import {exactMix} from '../../src/domain/cost/break-even.ts';
import {
  type BreakEvenAnswer,
  type BreakEvenAssumptions,
  breakEvenAnswer,
  type NodeFit,
} from '../../src/domain/cost/break-even-answer.ts';
import {candidateNode} from '../../src/domain/cost/candidate-nodes.ts';
import {one, rational} from '../../src/domain/cost/rational.ts';
import {publishedApi} from './price-books.ts';

const NOW_MS = Date.UTC(2026, 10, 28);

/** The assumptions of the published guide. */
export const guideAssumptions: BreakEvenAssumptions = {
  node: '8xH100',
  gpuName: 'NVIDIA H100 80GB HBM3',
  gpuCount: 8,
  usdPerMonth: {low: rational(11_680), high: rational(17_520)},
  priceOrigin: "the published guide's",
  hours: rational(730),
  utilization: one,
  utilizationOrigin: 'assumed',
  mix: exactMix(rational(1, 2), rational(0)),
  cachedOfInput: rational(0),
  trafficOrigin: null,
  api: publishedApi('moonshot'),
  tokensPerMonth: rational(5_000_000_000),
  busy: null,
};

export const candidateNodes = [
  candidateNode({gpuName: 'NVIDIA H200', gpuCount: 8}, builtInPrices(), NOW_MS),
  candidateNode({gpuName: 'NVIDIA B200', gpuCount: 8}, builtInPrices(), NOW_MS),
  candidateNode({gpuName: 'NVIDIA B300 SXM6 AC', gpuCount: 4}, builtInPrices(), NOW_MS),
];

/** An answer at these assumptions, the others as in the published guide. */
export function breakEvenOf(
  assumed: Partial<BreakEvenAssumptions> = {},
  plan: NodeFit = {isHeld: true, reason: 'fits', smallestNodes: null},
): BreakEvenAnswer | null {
  return breakEvenAnswer({...guideAssumptions, ...assumed}, {plan, candidates: candidateNodes, nowMs: NOW_MS});
}
