import type {History, HistoryPoints, HistorySeriesName} from '../../api/history.ts';
import {historyValues} from '../../api/history-values.ts';
import type {Snapshot} from '../../api/snapshot.ts';

type Series = History['series'];

/** The series that panels plot: a console keeps no others. */
export const plottedSeries: readonly HistorySeriesName[] = [
  'promptTokensPerSecond',
  'generationTokensPerSecond',
  'runningRequests',
  'waitingRequests',
  'kvUsageRatio',
  'timeToFirstTokenP50Ms',
  'timeToFirstTokenP95Ms',
  'timeToFirstTokenP99Ms',
  'interTokenP50Ms',
  'interTokenP95Ms',
  'interTokenP99Ms',
  'endToEndP50Ms',
  'endToEndP95Ms',
  'endToEndP99Ms',
  'queueP50Ms',
  'queueP95Ms',
  'queueP99Ms',
  'gpuMemoryUsedBytes',
  'nodeUsdPerHour',
  'apiUsdPerHour',
];

/**
 * The points with one more, and without those that are older than the window. A point of the same second replaces the previous
 * one.
 */
export function withPoint(points: HistoryPoints, point: HistoryPoints[number], windowMs: number): HistoryPoints {
  const first = points.findIndex(({atMs}) => atMs >= point.atMs - windowMs);
  // After the clock was set back, more than the last one may be of the same second or later.
  const end = points.findLastIndex(({atMs}) => secondOf(atMs) < secondOf(point.atMs)) + 1;
  const kept = first < 0 ? [] : points.slice(first, end);
  kept.push(point);
  return kept;
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

/** The series with this snapshot's values added and older points than the window removed. */
export function withSnapshot(series: Series, snapshot: Snapshot, windowMs: number): Series {
  const {takenAtMs} = snapshot;
  const values = historyValues(snapshot);
  const extended: Series = {};
  for (const name of plottedSeries)
    extended[name] = withPoint(series[name] ?? [], {atMs: takenAtMs, value: values[name]}, windowMs);
  return extended;
}

/** Loaded history, followed by the points that arrived during loading. */
export function withLoaded(present: Series, loaded: Series): Series {
  const merged: Series = {};
  for (const name of plottedSeries) merged[name] = followedBy(loaded[name] ?? [], present[name] ?? []);
  return merged;
}
