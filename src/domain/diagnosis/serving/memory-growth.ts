import type {Signal} from '../conditions/condition.ts';
import type {FindingThresholds} from '../conditions/finding-thresholds.ts';
import {type MemoryPoint, type MemoryTrack, pointIntervalMs} from './memory-track.ts';
import {trendOf} from './memory-trend.ts';

/** One GPU whose memory grows. */
export type GrowingGpu = {
  readonly index: number;
  readonly bytesPerHour: number;
  /** In use at the newest point. */
  readonly usedBytes: number;
  /** Whose memory grows; unknown where the driver does not list processes. */
  readonly grower: 'engine' | 'other-programs' | 'unknown';
  /** Time over which it was measured. */
  readonly spanMs: number;
};

/** What the track says about all GPUs together, and the GPUs that grow, the fastest first. A step is no growth. */
export type MemoryGrowth = {readonly signal: Signal; readonly growing: readonly GrowingGpu[]};

type Thresholds = Pick<FindingThresholds, 'memoryGrowth' | 'resolve'>;

/** A shorter time than this fraction of the window is too short for a trend, however steep. */
const SHORTEST_SPAN = 0.2;
/** Whether growth continues is judged by this fraction of the window, at its end. */
const RECENT = 1 / 3;
/** A newest point older than this is not current: this many intervals, at least the time of a few late frames. */
const LATE_INTERVALS = 2.5;
const LATE_MS = 5_000;

/**
 * Growth of GPU memory, judged at `nowMs` (monotonic). Present: it grew steadily, faster than the threshold, by at least
 * as much as the threshold gives in nearly one window, so a fast growth is found early; and it still grows.
 * Gone: no GPU grew in the last third of the window. A GPU in `reported` counts as growing until it is gone.
 */
export function memoryGrowthOf(
  track: MemoryTrack,
  nowMs: number,
  thresholds: Thresholds,
  reported: ReadonlySet<number> = new Set(),
): MemoryGrowth {
  const judged = [...track].map(([index, points]) => judgeGpu(index, points, nowMs, thresholds));
  const growing = judged
    .flatMap(({gpu, signal}) => (gpu !== null && (signal === 'present' || reported.has(gpu.index)) ? [gpu] : []))
    .toSorted((a, b) => b.bytesPerHour - a.bytesPerHour);
  const has = (signal: Signal): boolean => judged.some((one) => one.signal === signal);
  // A GPU that was not read lately may be the one that grows.
  const signal = (['present', 'unknown', 'between', 'gone'] as const).find(has) ?? 'unknown';
  return {signal, growing};
}

function judgeGpu(
  index: number,
  points: readonly MemoryPoint[],
  nowMs: number,
  {memoryGrowth: {bytesPerHour: limit, windowMs}, resolve}: Thresholds,
): {readonly signal: Signal; readonly gpu: GrowingGpu | null} {
  const newest = points.at(-1);
  const lateMs = Math.max(LATE_MS, LATE_INTERVALS * pointIntervalMs(windowMs));
  if (newest === undefined || limit === null || nowMs - newest.atMs > lateMs) {
    return {signal: 'unknown', gpu: null};
  }
  const used = points.map(({atMs, usedBytes}) => ({atMs, value: usedBytes}));
  const whole = trendOf(used);
  const recent = trendOf(used.filter(({atMs}) => newest.atMs - atMs <= windowMs * RECENT));
  if (whole === null || recent === null || recent.spanMs < (windowMs * SHORTEST_SPAN) / 2) {
    return {signal: 'unknown', gpu: null};
  }
  if (recent.perHour <= limit * resolve.belowRatio) return {signal: 'gone', gpu: null};
  const isEnough = whole.perHour * whole.spanMs >= limit * windowMs * 0.9;
  const isTrend = whole.isSteady && whole.spanMs >= windowMs * SHORTEST_SPAN && whole.perHour >= limit;
  const gpu: GrowingGpu = {
    index,
    // The newest part says how fast it is now.
    bytesPerHour: recent.perHour,
    usedBytes: newest.usedBytes,
    grower: growerOf(points, whole.perHour),
    spanMs: whole.spanMs,
  };
  return {signal: isTrend && isEnough ? 'present' : 'between', gpu};
}

function growerOf(points: readonly MemoryPoint[], perHour: number): GrowingGpu['grower'] {
  const others = points.flatMap(({atMs, othersBytes}) => (othersBytes === null ? [] : [{atMs, value: othersBytes}]));
  const trend = trendOf(others);
  if (trend === null) return 'unknown';
  return trend.perHour > perHour / 2 ? 'other-programs' : 'engine';
}
