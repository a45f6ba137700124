import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {fixedGibNumber, fixedGibText, shownGibSum} from '../../shared/quantities/bytes.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import {type BarPart, stackedBar} from '../drawing/bars.ts';
import {padText, span, widthOf} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';
import {shownTerms} from './shown-terms.ts';
import type {TextOptions} from './text-lines.ts';

/** GPUs of one size in a node. */
export type CardGroup = {readonly gpuCount: number; readonly nvmlBytes: number};

/** One bar per GPU size: equal GPUs have equal use. The mark is the engine's budget. */
export function planBars(plan: MemoryPlan, groups: readonly CardGroup[], options: TextOptions): Row[] {
  const {perGpu, node} = plan;
  const shown = groups.length > 1 ? groups : [{gpuCount: node.usedGpuCount, nvmlBytes: perGpu.nvmlBytes}];
  return [...shown.map((group) => barRow(plan, group, options)), ...legendRows(plan, options)];
}

/** Weights and overhead, and the KV cache if there is one. */
function neededBytes({perGpu}: MemoryPlan): number {
  return perGpu.totalBytes + Math.max(0, -perGpu.kvCachePoolBytes);
}

function barRow(plan: MemoryPlan, {gpuCount, nvmlBytes}: CardGroup, {columns, glyphs}: TextOptions): Row {
  const needed = neededBytes(plan);
  const isBeyond = plan.perGpu.kvCachePoolBytes < 0;
  const label = `${padText(`${gpuCount} ${glyphs.times}`, 5, 'left')} `;
  const shownNeeded = isBeyond ? shownGibSum(plan.perGpu.weightsBytes, plan.perGpu.overheadBytes) : needed;
  const amount = ` ${padText(fixedGibNumber(shownNeeded), 6, 'left')} of ${fixedGibNumber(nvmlBytes)} GiB`;
  const room = Math.max(1, columns - label.length - amount.length);
  const parts = isBeyond ? partsBeyond(plan, glyphs) : partsWithin(plan, glyphs);
  const total = Math.max(nvmlBytes, needed);
  // If the parts fill the budget, the mark is after them, however they were rounded.
  const bar =
    isBeyond || isWholeBudget(plan)
      ? withMark(stackedBar(parts, total, room - 1, glyphs), glyphs)
      : stackedBar(parts, total, room, glyphs, plan.perGpu.budgetBytes);
  return [span(label, 'strong'), ...bar, span(amount, isBeyond ? 'critical' : 'strong')];
}

/** True if the engine uses its whole budget, as it does unless the settings fix its cache. */
function isWholeBudget({perGpu}: MemoryPlan): boolean {
  return Math.abs(perGpu.totalBytes - perGpu.budgetBytes) < BYTES_PER_MIB;
}

/** The bar with the mark before the part that is beyond the budget or empty. */
function withMark(bar: Row, glyphs: GlyphSet): Row {
  const end = bar.findIndex(({tone}) => tone === 'critical' || tone === 'dim');
  const position = end === -1 ? bar.length : end;
  return [...bar.slice(0, position), span(glyphs.barMark, 'strong'), ...bar.slice(position)];
}

function partsWithin({perGpu}: MemoryPlan, glyphs: GlyphSet): BarPart[] {
  return [
    {value: perGpu.weightsBytes, glyph: glyphs.barWeights, tone: 'weights'},
    {value: perGpu.kvCachePoolBytes, glyph: glyphs.barKvCache, tone: 'kvCache'},
    {value: perGpu.overheadBytes, glyph: glyphs.barOverhead, tone: 'overhead'},
  ];
}

/** Everything beyond the budget is drawn as such. */
function partsBeyond(plan: MemoryPlan, glyphs: GlyphSet): BarPart[] {
  const {weightsBytes, overheadBytes, budgetBytes} = plan.perGpu;
  const weights = Math.min(weightsBytes, budgetBytes);
  const overhead = Math.min(overheadBytes, budgetBytes - weights);
  return [
    {value: weights, glyph: glyphs.barWeights, tone: 'weights'},
    {value: overhead, glyph: glyphs.barOverhead, tone: 'overhead'},
    {value: neededBytes(plan) - weights - overhead, glyph: glyphs.barBeyond, tone: 'critical'},
  ];
}

/** The sum shown by the bar: in one line if there is room, otherwise one line per term. */
function legendRows(plan: MemoryPlan, {columns, glyphs}: TextOptions): Row[] {
  const {weightsBytes, kvCachePoolBytes, overheadBytes} = shownTerms(plan.perGpu);
  const isBeyond = kvCachePoolBytes < 0;
  const term = (glyph: string, tone: Tone, name: string, bytes: number): Row => [
    span(glyph, tone),
    span(` ${name} `, 'dim'),
    span(fixedGibNumber(bytes), 'strong'),
  ];
  const terms: Row[] = [
    term(glyphs.barWeights, 'weights', 'weights', weightsBytes),
    ...(isBeyond ? [] : [term(glyphs.barKvCache, 'kvCache', 'KV cache', kvCachePoolBytes)]),
    term(glyphs.barOverhead, 'overhead', 'overhead', overheadBytes),
  ];
  const sum = isBeyond ? sumBeyond(plan, glyphs) : [sumWithin(plan, glyphs)];
  const oneLine: Row = [
    span('      '),
    ...terms.flatMap((row, index) => [...(index === 0 ? [] : [span(', ', 'dim')]), ...row]),
    span(' = ', 'dim'),
    ...sum.flatMap((row, index) => [...(index === 0 ? [] : [span(', ', 'dim')]), ...row]),
  ];
  if (widthOf(oneLine) <= columns) return [oneLine];
  const [total = [], ...rest] = sum;
  const unit = span(' GiB', 'dim');
  return [...terms.map((row) => [...row, unit]), [span('= ', 'dim'), ...total], ...rest].map((row) => [
    span('      '),
    ...row,
  ]);
}

function sumWithin(plan: MemoryPlan, glyphs: GlyphSet): Row {
  const total = isWholeBudget(plan) ? [] : [span(`${fixedGibText(plan.perGpu.totalBytes)} of `)];
  return [...total, ...budgetSpans(plan, glyphs)];
}

/** `74.8 GiB`, and `! 3.5 over | budget 71.3 GiB`. */
function sumBeyond(plan: MemoryPlan, glyphs: GlyphSet): Row[] {
  const {weightsBytes, kvCachePoolBytes, overheadBytes} = shownTerms(plan.perGpu);
  const beyond = span(`${glyphs.barBeyond} ${fixedGibNumber(-kvCachePoolBytes)}`, 'critical');
  return [
    [span(fixedGibText(shownGibSum(weightsBytes, overheadBytes)), 'strong')],
    [beyond, span(' over ', 'dim'), ...budgetSpans(plan, glyphs)],
  ];
}

function budgetSpans({perGpu}: MemoryPlan, glyphs: GlyphSet): Row {
  return [span(glyphs.barMark, 'strong'), span(' budget ', 'dim'), span(fixedGibText(perGpu.budgetBytes), 'strong')];
}
