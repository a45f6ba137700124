import {
  type GpuHistory,
  gpuSeriesUnits,
  type History,
  type HistoryPoints,
  type HistoryQuery,
  type HistorySeriesName,
  historySeriesUnits,
} from '../../src/api/history.ts';
import type {WindowRequests} from '../../src/api/latency/latency-schemas.ts';
import type {AxisUnit} from '../../src/shared/quantities/axis-units.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../src/shared/units.ts';
import {API_USD_PER_HOUR, buildSnapshot, NODE_USD_PER_HOUR, TEST_NOW_MS} from './build-snapshot.ts';

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

/**
 * What a supervisor would answer: two waves a window, each series and each GPU a little later than the one before. The price of
 * the node does not change, and an engine measures only while it served (epoch ms; default: at all times).
 */
export function buildHistory(
  {series, gpuSeries, gpu, windowMs, untilMs = TEST_NOW_MS, requests}: HistoryQuery,
  wasServedAt: (atMs: number) => boolean = () => true,
): History {
  const answer: History = {
    series: {},
    ...(requests === true ? {requests: buildWindowRequests(windowMs, untilMs - windowMs)} : {}),
    ...(series.some((name) => name.endsWith('P99Ms')) ? {quantilesSinceMs: untilMs - windowMs} : {}),
  };
  const stepMs = Math.max(1_000, Math.round(windowMs / POINTS / 1_000) * 1_000);
  const points = (unit: AxisUnit, phase: number, part = 1): HistoryPoints =>
    Array.from({length: Math.floor(windowMs / stepMs)}, (_, index) => {
      const wave = MEAN_PART + 0.25 * Math.sin((4 * Math.PI * index * stepMs) / windowMs - phase);
      return {atMs: untilMs - windowMs + (index + 1) * stepMs, value: largest[unit] * part * wave};
    });
  for (const [index, name] of series.entries())
    answer.series[name] = points(historySeriesUnits[name], index / 3, partOf(name)).map(({atMs, value}) =>
      name === 'nodeUsdPerHour'
        ? {atMs, value: NODE_USD_PER_HOUR}
        : {atMs, value: wasServedAt(atMs) || ofTheNode.has(name) ? value : null},
    );
  if (gpuSeries.length === 0) return answer;
  const gpus = Array.from({length: GPUS}, (_, index): GpuHistory => {
    const ofGpu: GpuHistory['series'] = {};
    for (const name of gpuSeries) ofGpu[name] = points(gpuSeriesUnits[name], index / 4);
    return {index, series: ofGpu};
  });
  return {...answer, gpus: gpus.filter(({index}) => gpu === undefined || index === gpu)};
}

/** What is known while no engine serves. */
const ofTheNode: ReadonlySet<HistorySeriesName> = new Set(['nodeUsdPerHour', 'gpuMemoryUsedBytes']);

/** The waves are around three quarters of their largest value. */
const MEAN_PART = 0.75;

/** A higher quantile is larger, and the API costs what the snapshot says, around which it rises and falls. */
function partOf(name: HistorySeriesName): number {
  if (name === 'apiUsdPerHour') return API_USD_PER_HOUR / (MEAN_PART * largest.usdPerHour);
  return name.endsWith('P50Ms') ? 0.25 : name.endsWith('P95Ms') ? 0.6 : 1;
}

/** What the requests of a window had: as those of the last minute, many more of them. */
export function buildWindowRequests(windowMs: number, sinceMs: number): WindowRequests {
  const {latency, requestSizes} = buildSnapshot();
  const highest = {atMs: sinceMs, p99Ms: {kind: 'interpolated' as const, value: 8_400, from: 5_000, to: 10_000}};
  const ofMinute = latency.endToEnd.count;
  const count = typeof ofMinute === 'number' ? Math.round((ofMinute * windowMs) / latency.windowMs) : ofMinute;
  return {
    sinceMs,
    intervalMs: windowMs > 6 * MS_PER_HOUR ? 5 * MS_PER_MINUTE : 10_000,
    latency: {...latency, windowMs, endToEnd: {...latency.endToEnd, count}},
    highest: {
      timeToFirstToken: highest,
      interToken: {...highest, p99Ms: {kind: 'exact', value: 95}},
      endToEnd: {...highest, p99Ms: {kind: 'above', value: 160_000}},
      queue: highest,
      prefill: null,
      decode: null,
    },
    sizes: requestSizes,
    contexts: {
      prompts: 12_345,
      longest: {aboveTokens: 50_000, atMostTokens: 100_000},
      longerThan: [
        {contextTokens: 32_768, ratio: {kind: 'interpolated', value: 0.12, from: 0.1, to: 0.15}},
        {contextTokens: 65_536, ratio: {kind: 'interpolated', value: 0.03, from: 0.01, to: 0.1}},
        {contextTokens: 131_072, ratio: {kind: 'exact', value: 0}},
        {contextTokens: 262_144, ratio: {kind: 'exact', value: 0}},
      ],
    },
    longestAnswer: {aboveTokens: 5_000, atMostTokens: 10_000},
  };
}
