import type {HistoryPoints} from '../../api/history.ts';

/** The points of a series as they were at one time, copied when they are read. */
export type PointsThen = () => HistoryPoints;

/** The points of a series in a window of time. */
export type KeptPoints = {
  /** Adds a point, in place of one of the same second, and lets go of those that are older than the window. */
  readonly add: (point: HistoryPoints[number]) => void;
  /** Puts loaded points before those that arrived during loading. */
  readonly load: (loaded: HistoryPoints) => void;
  /** The points as they are now. */
  readonly current: () => PointsThen;
};

/** So many points that are older than the window stay until they are let go of together. */
const MOST_OLD_POINTS = 256;

/** An empty series. Most series of a console are on no screen: a copy of each, once per second, is most of what it would allocate. */
export function createKeptPoints(windowMs: number): KeptPoints {
  // Only added to, or replaced: what was handed out of it stays as it was.
  let points: HistoryPoints = [];
  let start = 0;

  return {
    add(point) {
      const newest = points.at(-1);
      if (newest !== undefined && secondOf(newest.atMs) >= secondOf(point.atMs)) {
        // After the clock was set back, more than the last one may be of the same second or later.
        const end = points.findLastIndex(({atMs}) => secondOf(atMs) < secondOf(point.atMs)) + 1;
        points = points.slice(start, Math.max(start, end));
        start = 0;
      }
      points.push(point);
      const oldestMs = point.atMs - windowMs;
      while ((points[start]?.atMs ?? oldestMs) < oldestMs) start += 1;
      if (start > MOST_OLD_POINTS) {
        points = points.slice(start);
        start = 0;
      }
    },
    load(loaded) {
      points = followedBy(loaded, points.slice(start));
      start = 0;
    },
    current() {
      const [of, from, to] = [points, start, points.length];
      return () => of.slice(from, to);
    },
  };
}

/** Loaded points, followed by those that arrived during loading. */
export function followedBy(loaded: HistoryPoints, present: HistoryPoints): HistoryPoints {
  const newest = loaded.at(-1);
  const since = present.filter(({atMs}) => newest === undefined || secondOf(atMs) > secondOf(newest.atMs));
  return [...loaded, ...since];
}

/** The second of a time: series have one point for each. */
export function secondOf(atMs: number): number {
  return Math.floor(atMs / 1_000);
}
