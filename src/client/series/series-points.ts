import type {History, HistoryPoints, HistorySeriesName} from '../../api/history.ts';
import {historyValues} from '../../api/history-values.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {createKeptPoints, type KeptPoints} from './kept-points.ts';
import {madeWhenRead} from './made-when-read.ts';

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

/** Recent points of the series of the node. */
export type KeptSeries = {
  /** Adds the values of this snapshot; what is older than the window goes. */
  readonly add: (snapshot: Snapshot) => void;
  /** Puts what was loaded before what arrived during loading. */
  readonly load: (loaded: History['series']) => void;
  /** The series as they are now; what is added later does not change them. */
  readonly current: () => History['series'];
};

/** Series without points, which keep a window of time. */
export function createKeptSeries(windowMs: number): KeptSeries {
  const kept = new Map<HistorySeriesName, KeptPoints>(plottedSeries.map((name) => [name, createKeptPoints(windowMs)]));
  return {
    add(snapshot) {
      const {takenAtMs} = snapshot;
      const values = historyValues(snapshot);
      for (const [name, points] of kept) points.add({atMs: takenAtMs, value: values[name]});
    },
    load(loaded) {
      for (const [name, points] of kept) points.load(loaded[name] ?? []);
    },
    current() {
      const makers = new Map<HistorySeriesName, () => HistoryPoints>();
      for (const [name, points] of kept) makers.set(name, points.current());
      return madeWhenRead(makers);
    },
  };
}
