/** GPU memory in use at one time. */
export type MemoryReading = {
  readonly index: number;
  readonly usedBytes: number;
  /** Of it, used by processes that are not part of the engine; null where the driver does not list processes. */
  readonly othersBytes: number | null;
};

/** One point of a track: the lowest reading of an interval, because short peaks of an allocator are not growth. */
export type MemoryPoint = Omit<MemoryReading, 'index'> & {
  /** Monotonic ms of the interval's first reading. */
  readonly atMs: number;
};

/** Points of the window by GPU index, oldest first. */
export type MemoryTrack = ReadonlyMap<number, readonly MemoryPoint[]>;

/** Points of one window: enough for a slope, few enough to compare every pair. */
const POINTS_PER_WINDOW = 60;

/** Length of an interval with one point, ms. */
export function pointIntervalMs(windowMs: number): number {
  return windowMs / POINTS_PER_WINDOW;
}

/** The track with the readings of one frame at `atMs` (monotonic), without points older than the window. */
export function withReadings(
  track: MemoryTrack,
  readings: readonly MemoryReading[],
  atMs: number,
  windowMs: number,
): MemoryTrack {
  const next = new Map<number, readonly MemoryPoint[]>();
  for (const [index, points] of track) {
    const kept = points.filter((point) => atMs - point.atMs <= windowMs);
    if (kept.length > 0) next.set(index, kept);
  }
  for (const {index, ...reading} of readings)
    next.set(index, withReading(next.get(index) ?? [], reading, atMs, windowMs));
  return next;
}

function withReading(
  points: readonly MemoryPoint[],
  reading: Omit<MemoryReading, 'index'>,
  atMs: number,
  windowMs: number,
): readonly MemoryPoint[] {
  const newest = points.at(-1);
  if (newest === undefined || atMs - newest.atMs >= pointIntervalMs(windowMs)) return [...points, {...reading, atMs}];
  if (reading.usedBytes >= newest.usedBytes) return points;
  return [...points.slice(0, -1), {...reading, atMs: newest.atMs}];
}
