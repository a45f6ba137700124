import {
  type GpuHistory,
  gpuSeriesUnits,
  type History,
  type HistoryPoints,
  type HistoryQuery,
  historySeriesUnits,
} from '../../src/api/history.ts';
import type {AxisUnit} from '../../src/shared/quantities/axis-units.ts';
import {TEST_NOW_MS} from './build-snapshot.ts';

const POINTS = 240;
const GPUS = 8;

/** A usual largest value. */
const largest: Readonly<Record<AxisUnit, number>> = {
  count: 24,
  perSecond: 5,
  tokensPerSecond: 2_000,
  ratio: 0.8,
  milliseconds: 1_500,
  bytes: 130 * 1024 ** 3,
  watts: 600,
  celsius: 64,
  megahertz: 1_980,
  usdPerHour: 36,
};

/** What a supervisor would answer: two waves a window, each series and each GPU a little later than the one before. */
export function buildHistory({series, gpuSeries, gpu, windowMs, untilMs = TEST_NOW_MS}: HistoryQuery): History {
  const answer: History = {series: {}};
  const stepMs = Math.max(1_000, Math.round(windowMs / POINTS / 1_000) * 1_000);
  const points = (unit: AxisUnit, phase: number): HistoryPoints =>
    Array.from({length: Math.floor(windowMs / stepMs)}, (_, index) => {
      const wave = 0.75 + 0.25 * Math.sin((4 * Math.PI * index * stepMs) / windowMs - phase);
      return {atMs: untilMs - windowMs + (index + 1) * stepMs, value: largest[unit] * wave};
    });
  for (const [index, name] of series.entries()) answer.series[name] = points(historySeriesUnits[name], index / 3);
  if (gpuSeries.length === 0) return answer;
  const gpus = Array.from({length: GPUS}, (_, index): GpuHistory => {
    const ofGpu: GpuHistory['series'] = {};
    for (const name of gpuSeries) ofGpu[name] = points(gpuSeriesUnits[name], index / 4);
    return {index, series: ofGpu};
  });
  return {...answer, gpus: gpus.filter(({index}) => gpu === undefined || index === gpu)};
}
