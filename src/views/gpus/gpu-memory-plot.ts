import type {GpuView} from '../../api/snapshot.ts';
import {isPresent} from '../../samples/reading.ts';
import type {HistoryPlot} from '../panels/history-plot.ts';

/** The memory of all GPUs together, without zero: what grows is little of it. */
export function gpuMemoryPlot(gpus: readonly GpuView[]): HistoryPlot {
  const planned = gpus.flatMap(({budget}) => (isPresent(budget) ? [budget.totalBytes + budget.outsideBytes] : []));
  const plan = {name: 'plan', value: planned.reduce((sum, bytes) => sum + bytes, 0), tone: 'limit'} as const;
  return {
    series: [{of: 'gpuMemoryUsedBytes', name: 'in use', tone: 'firstSeries', shape: 'line'}],
    unit: 'bytes',
    hasZero: false,
    limits: planned.length > 0 && planned.length === gpus.length ? [plan] : [],
  };
}
