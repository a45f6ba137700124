import type {GpuView, Snapshot} from '../../api/snapshot.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import {beyondPlanBytes} from '../../domain/memory/plan/beyond-plan.ts';
import {isAbsent} from '../../samples/reading.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import {type BarPart, stackedBar} from '../drawing/bars.ts';
import {padRow, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';

/** The parts of a bar, in its order. */
export const barPartNames = ['weights', 'kvCache', 'overhead', 'inUse', 'beyond', 'others', 'free'] as const;
export type BarPartName = (typeof barPartNames)[number];

/** Bytes of each part. */
type PartBytes = Readonly<Record<BarPartName, number>>;

/** What a bar is drawn in, and whether an engine has its memory on the GPUs. */
export type BarSpace = {readonly columns: number; readonly glyphs: GlyphSet; readonly hasEngine: boolean};

/** True where an engine runs: what a GPU without one has in use is divided as no plan says. */
export function hasEngine(snapshot: Snapshot | null): boolean {
  const state = snapshot?.engine.state ?? 'stopped';
  return state === 'starting' || state === 'stopping' || isServingState(state);
}

/**
 * A GPU's used memory as part of its total, divided as in the plan where an engine runs; the mark is the budget. The use and
 * what other programs hold of it are measured, the division is from the plan. Exactly `columns` cells.
 */
export function gpuBar(gpu: GpuView, space: BarSpace): Row {
  const {columns, glyphs} = space;
  const {memoryTotalBytes: total, budget} = gpu;
  const bytes = partBytes(gpu, space.hasEngine);
  if (isAbsent(total) || bytes === null) return padRow([span(glyphs.dash, 'dim')], columns);
  const parts = barPartNames
    .filter((name) => name !== 'free')
    .map((name): BarPart => ({value: bytes[name], ...partLook(name, glyphs)}));
  return stackedBar(parts, total, columns, glyphs, isAbsent(budget) ? null : budget.budgetBytes);
}

/** The fill of a part, different from all others without color too, and its tone. */
export function partLook(name: BarPartName, glyphs: GlyphSet): {readonly glyph: string; readonly tone: Tone} {
  switch (name) {
    case 'weights':
      return {glyph: glyphs.barWeights, tone: 'weights'};
    case 'kvCache':
      return {glyph: glyphs.barKvCache, tone: 'kvCache'};
    case 'overhead':
      return {glyph: glyphs.barOverhead, tone: 'overhead'};
    case 'inUse':
      return {glyph: glyphs.barInUse, tone: 'accent'};
    case 'beyond':
      return {glyph: glyphs.barBeyond, tone: 'critical'};
    case 'others':
      return {glyph: glyphs.barOthers, tone: 'others'};
    case 'free':
      return {glyph: glyphs.barEmpty, tone: 'dim'};
  }
}

/** The parts that the bar of any of these GPUs has. */
export function drawnParts(gpus: readonly GpuView[], isDivided: boolean): ReadonlySet<BarPartName> {
  const bytes = gpus.map((gpu) => partBytes(gpu, isDivided)).filter((parts) => parts !== null);
  return new Set(barPartNames.filter((name) => bytes.some((parts) => parts[name] > 0)));
}

/** Null where use or total is unknown; in use, and no part of a plan, where nothing says how it is divided. */
function partBytes(gpu: GpuView, isDivided: boolean): PartBytes | null {
  const {memoryUsedBytes: used, memoryTotalBytes: total, budget} = gpu;
  if (isAbsent(used) || isAbsent(total)) return null;
  const others = drawnOthersBytes(gpu);
  let left = used - others;
  const rest = {others, free: total - used};
  if (isAbsent(budget) || !isDivided) return {weights: 0, kvCache: 0, overhead: 0, inUse: left, beyond: 0, ...rest};
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
  return {weights, kvCache, overhead: overhead + besides, inUse: 0, beyond: left, ...rest};
}

/**
 * What the driver counts for a process on a GPU beyond the process's own figure: 9 MiB on H200, up to 73 on H100. A remainder of
 * this size is the other programs', and no part of a plan.
 */
const UNLISTED_BYTES = 128 * BYTES_PER_MIB;

/** What other programs hold, where the bar of a GPU has a part for it. */
function drawnOthersBytes({memoryUsedBytes: used, budget}: GpuView): number {
  if (isAbsent(used) || isAbsent(budget)) return 0;
  const {othersBytes} = budget;
  return othersBytes > 0 && used - othersBytes <= UNLISTED_BYTES ? used : Math.min(used, othersBytes);
}

/** True when the GPU uses clearly more than planned. */
export function isBeyondPlan({budget}: GpuView): boolean {
  return !isAbsent(budget) && beyondPlanBytes(budget) !== null;
}
