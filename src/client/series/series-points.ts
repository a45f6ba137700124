import type {History, HistorySeriesName} from '../../api/history.ts';
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
  'timeToFirstTokenP99Ms',
  'interTokenP50Ms',
  'interTokenP99Ms',
  'endToEndP50Ms',
  'endToEndP99Ms',
  'queueP50Ms',
  'queueP99Ms',
  'gpuMemoryUsedBytes',
  'nodeUsdPerHour',
  'apiUsdPerHour',
];

/** The second of a time: series have one point for each. */
export function secondOf(atMs: number): number {
  return Math.floor(atMs / 1_000);
}

/**
 * The series with this snapshot's values added and older points than the window removed. A snapshot of the same second
 * replaces the previous one: the series has one point per second.
 */
export function withSnapshot(series: Series, snapshot: Snapshot, windowMs: number): Series {
  const {takenAtMs} = snapshot;
  const values = historyValues(snapshot);
  const extended: Series = {};
  for (const name of plottedSeries) {
    const points = series[name] ?? [];
    const first = points.findIndex(({atMs}) => atMs >= takenAtMs - windowMs);
    // After the clock was set back, more than the last one may be of the same second or later.
    const end = points.findLastIndex(({atMs}) => secondOf(atMs) < secondOf(takenAtMs)) + 1;
    const kept = first < 0 ? [] : points.slice(first, end);
    kept.push({atMs: takenAtMs, value: values[name]});
    extended[name] = kept;
  }
  return extended;
}

/** Loaded history, followed by the points that arrived during loading. */
export function withLoaded(present: Series, loaded: Series): Series {
  const merged: Series = {};
  for (const name of plottedSeries) {
    const past = loaded[name] ?? [];
    const newest = past.at(-1);
    const since = (present[name] ?? []).filter(
      ({atMs}) => newest === undefined || secondOf(atMs) > secondOf(newest.atMs),
    );
    merged[name] = [...past, ...since];
  }
  return merged;
}
