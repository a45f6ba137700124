import type {GpuView} from '../../api/snapshot.ts';
import {beyondPlanBytes} from '../../domain/memory/plan/beyond-plan.ts';
import {isAbsent} from '../../samples/reading.ts';
import {type BarPart, stackedBar} from '../drawing/bars.ts';
import {padRow, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

/**
 * A GPU's used memory as part of its total, divided as in the plan; the mark is the budget. The use and what other
 * programs hold of it are measured, the division is from the plan. Exactly `columns` cells.
 */
export function gpuBar(gpu: GpuView, columns: number, glyphs: GlyphSet): Row {
  const {memoryUsedBytes: used, memoryTotalBytes: total, budget} = gpu;
  if (isAbsent(used) || isAbsent(total)) return padRow([span(glyphs.dash, 'dim')], columns);
  if (isAbsent(budget)) {
    return stackedBar([{value: used, glyph: glyphs.barFull, tone: 'accent'}], total, columns, glyphs);
  }
  const others = drawnOthersBytes(gpu);
  let left = used - others;
  const take = (bytes: number): number => {
    const taken = Math.max(0, Math.min(left, bytes));
    left -= taken;
    return taken;
  };
  const weights = take(budget.weightsBytes);
  const kvCache = take(budget.kvCachePoolBytes);
  const overhead = take(budget.overheadBytes);
  const normal = budget.outsideBytes + budget.reserveBytes + (budget.toleratedBytes ?? Number.POSITIVE_INFINITY);
  const besides = left <= normal ? take(left) : 0;
  const parts: BarPart[] = [
    {value: weights, glyph: glyphs.barWeights, tone: 'weights'},
    {value: kvCache, glyph: glyphs.barKvCache, tone: 'kvCache'},
    {value: overhead + besides, glyph: glyphs.barOverhead, tone: 'overhead'},
    {value: left, glyph: glyphs.barBeyond, tone: 'critical'},
    {value: others, glyph: glyphs.barOthers, tone: 'warning'},
  ];
  return stackedBar(parts, total, columns, glyphs, budget.budgetBytes);
}

/** What other programs hold, where the bar of a GPU has a part for it. */
export function drawnOthersBytes({memoryUsedBytes: used, budget}: GpuView): number {
  return isAbsent(used) || isAbsent(budget) ? 0 : Math.min(used, budget.othersBytes);
}

/** True when the GPU uses clearly more than planned. */
export function isBeyondPlan({budget}: GpuView): boolean {
  return !isAbsent(budget) && beyondPlanBytes(budget) !== null;
}
