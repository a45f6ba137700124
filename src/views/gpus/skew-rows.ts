import type {GpuView, Snapshot} from '../../api/snapshot.ts';
import {type GpuSkew, gpuSkew} from '../../domain/diagnosis/gpu-skew.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {fixedGibText} from '../../shared/quantities/bytes.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {megahertzText, wattsText} from '../../shared/quantities/sensors.ts';
import {joinParts, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import {isUnplanned} from './gpu-mark.ts';

/** What the GPUs are planned for; null where that is unknown. */
export type PlanOfGpus = Snapshot['plan'] | null;

/** Where GPUs of a serving engine differ from the others; loading ones differ anyway. Memory beyond the plan has its own mark. */
function servingSkew(serving: readonly GpuView[], isOneGroup: boolean): readonly GpuSkew[] {
  const unplanned = new Set(serving.filter(isUnplanned).map(({index}) => index));
  const compared = serving.map((gpu) => ({...gpu, othersBytes: isPresent(gpu.budget) ? gpu.budget.othersBytes : 0}));
  return gpuSkew(compared, isOneGroup).filter(({of, index}) => of !== 'memory' || !unplanned.has(index));
}

/** True if every layer is computed by all of them together, so that each step takes as long as the slowest one. */
function areOneGroup(count: number, plan: PlanOfGpus): boolean {
  if (plan === null || isAbsent(plan)) return false;
  return plan.engine.hasTensorParallelism && plan.settings.tensorParallelSize === count;
}

/** `GPU 3 lags  SM clock 1,200 MHz, others 1,980 MHz`: a row for each GPU that differs from the others. */
export function skewRows(gpus: readonly GpuView[], plan: PlanOfGpus, columns: number, glyphs: GlyphSet): Row[] {
  const serving = gpus.filter(({budget}) => isPresent(budget) && isPresent(budget.unexplainedBytes));
  const isOneGroup = areOneGroup(serving.length, plan);
  const skew = servingSkew(serving, isOneGroup);
  return [...new Set(skew.map(({index}) => index))].map((index) => {
    const own = skew.filter((one) => one.index === index);
    const lags = own.some(({of}) => of !== 'memory');
    const parts = [
      {row: [span(`GPU ${index} ${lags ? 'lags' : 'differs'}`, 'warning')], importance: 9},
      ...own.map((one, place) => ({row: skewText(one), importance: 8 - place})),
      {row: lags && isOneGroup ? [span('the slowest GPU sets the pace of all', 'dim')] : [], importance: 1},
    ];
    return joinParts(parts, columns, glyphs);
  });
}

/** `SM clock 1,200 MHz, others 1,980 MHz`. */
function skewText({of, value, others}: GpuSkew): Row {
  const pair = (name: string, text: (value: number) => string): Row => [
    span(`${name} `, 'dim'),
    span(text(value), 'strong'),
    span(`, others ${text(others)}`, 'dim'),
  ];
  switch (of) {
    case 'clock':
      return pair('SM clock', megahertzText);
    case 'utilization':
      return pair('busy', wholePercentText);
    case 'power':
      return pair('power', wattsText);
    case 'memory':
      return [
        span('memory ', 'dim'),
        span(fixedGibText(value), 'strong'),
        span(`, ${fixedGibText(Math.abs(value - others))} ${value > others ? 'more' : 'less'} than the others`, 'dim'),
      ];
  }
}
