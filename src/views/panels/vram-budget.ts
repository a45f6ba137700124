import type {MemoryPlan} from '../../domain/memory/memory-plan.ts';
import {isAbsent} from '../../samples/reading.ts';
import {stackedBar} from '../bars.ts';
import {facts, fit, padText, span} from '../compose.ts';
import {countText, gibText} from '../format/numbers.ts';
import type {PanelView, Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

const verdicts: Readonly<Record<MemoryPlan['verdict'], {readonly word: string; readonly tone: Tone}>> = {
  fits: {word: 'fits', tone: 'ok'},
  tight: {word: 'tight', tone: 'warning'},
  'does-not-fit': {word: 'does not fit', tone: 'critical'},
};

/** What the launch takes of every card, planned against what the engine's own log said. */
export function vramBudgetView(input: ViewInput): PanelView {
  const {data, columns, rows, glyphs} = input;
  const plan = data.snapshot?.plan;
  if (plan === undefined || isAbsent(plan)) {
    const reason = plan === undefined ? 'no data yet' : plan.absent;
    return {
      title: 'VRAM budget per GPU',
      titleNote: '',
      tone: 'normal',
      rows: fit([[span(reason, 'dim')]], columns, rows, glyphs),
    };
  }
  const {word, tone} = verdicts[plan.verdict];
  return {
    title: 'VRAM budget per GPU',
    titleNote: plan.confidence,
    tone: plan.verdict === 'fits' ? 'normal' : tone,
    rows: fit(budgetRows(plan, input, [span(word, tone)]), columns, rows, glyphs),
  };
}

function budgetRows(plan: MemoryPlan, input: ViewInput, verdict: Row): Row[] {
  const {columns, rows, glyphs, data} = input;
  const {perGpu, kvCache} = plan;
  const engineFacts = data.snapshot?.engine.facts ?? {};
  const capacity = engineFacts['kvCapacityTokens'];
  const head: Row = [
    ...verdict,
    span(`  ${kvCache.fullLengthSequences.toFixed(2)}${glyphs.times} full length`, 'strong'),
    span(`  ${countText(kvCache.capacityTokens)} KV tokens`, 'normal'),
    ...(capacity === undefined ? [] : [span(`, engine says ${countText(capacity)}`, 'accent')]),
  ];
  const parts: readonly (readonly [string, number, Tone, string, number | undefined])[] = [
    ['weights', perGpu.weightsBytes, 'weights', glyphs.barWeights, engineFacts['weightsBytesPerGpu']],
    ['KV cache', perGpu.kvCachePoolBytes, 'kvCache', glyphs.barKvCache, engineFacts['kvCachePoolBytesPerGpu']],
    ['overhead', perGpu.overheadBytes, 'overhead', glyphs.barOverhead, undefined],
  ];
  const bar = stackedBar(
    parts.map(([, value, tone, glyph]) => ({value, tone, glyph})),
    perGpu.nvmlBytes,
    columns,
    glyphs,
    perGpu.budgetBytes,
  );
  const lines = parts.map(
    ([label, bytes, tone, glyph, observed]): Row => [
      span(`${glyph} `, tone),
      span(padText(label, 10), 'dim'),
      span(padText(gibText(bytes), 11, 'left'), bytes < 0 ? 'critical' : 'strong'),
      ...(observed === undefined ? [] : [span(`  engine: ${gibText(observed)}`, 'accent')]),
    ],
  );
  const sum: Row = facts(
    [
      ['budget', gibText(perGpu.budgetBytes)],
      ['CUDA sees', gibText(perGpu.cudaVisibleBytes)],
      ['card', gibText(perGpu.nvmlBytes)],
    ],
    glyphs,
  );
  const reason: Row[] = plan.verdict === 'fits' ? [] : [[span(plan.reason, 'normal')]];
  if (rows <= 2) return [head, bar];
  return rows < 6 ? [head, bar, ...reason, ...lines] : [head, ...reason, bar, ...lines, sum];
}
