import {existsSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../../api/commands.ts';
import type {GpuHistory, History, HistoryQuery, HistorySeriesName} from '../../api/history.ts';
import {noTargets} from '../../domain/traffic/latencies.ts';
import {ok, type Result} from '../../shared/result.ts';
import {columnsIn} from '../columns-in.ts';
import {BoundsBook} from '../histograms/bounds-book.ts';
import {type HistorySources, readNodeHistory} from '../histograms/kept-requests.ts';
import {selectIntervals, selectStart} from '../histograms/select-intervals.ts';
import {newestOf, selectGpus, selectPoints} from '../series/select-points.ts';
import {columnsOf} from '../series/series-columns.ts';
import {gpuSeries, nodeSeries, type SeriesGroup} from '../series/tiers.ts';
import {resultOf, type Steps} from '../steps.ts';
import {readPastDatabase} from './past-database.ts';

/**
 * Points of a history file, oldest first, of the time before `nowMs` unless the query has an end; works without a supervisor. A missing file has none, nor
 * does a series that the file does not have yet.
 */
export function readPastHistory(path: string, query: HistoryQuery, nowMs: number): Result<History, ApiError> {
  if (!existsSync(path)) return ok({series: {}, gpus: []});
  return readPastDatabase(path, (database) => ({
    ...resultOf(nodeHistory(database, query, nowMs)),
    gpus: resultOf(gpuPoints(database, query, nowMs)),
  }));
}

/** What requests had against targets is not asked for here: a file has none. */
function nodeHistory(database: DatabaseSync, query: HistoryQuery, nowMs: number): Steps<Omit<History, 'gpus'>> {
  const {windowMs, untilMs = nowMs} = query;
  const sources: HistorySources = {
    readSeries: (...of) => nodePoints(database, ...of),
    // A file of an earlier version has no histograms, or not the hours of them.
    startMs: columnsIn(database, 'histograms_3600s').size === 0 ? null : selectStart(database),
    readIntervals: (time) => selectIntervals(database, new BoundsBook(database), time, null),
  };
  return readNodeHistory(sources, query, {sinceMs: untilMs - windowMs, untilMs, newestAtMs: nowMs}, noTargets);
}

function* nodePoints(
  database: DatabaseSync,
  names: readonly HistorySeriesName[],
  sinceMs: number,
  untilMs: number,
): Steps<History['series']> {
  const series: History['series'] = {};
  const kept = names.filter((name) => isKept(database, nodeSeries, name));
  if (kept.length === 0) return series;
  const time = {sinceMs, untilMs, newestAtMs: newestOf(database, nodeSeries)};
  for (const name of kept) series[name] = yield* selectPoints(database, nodeSeries, {name, gpu: null, ...time}, []);
  return series;
}

function* gpuPoints(database: DatabaseSync, query: HistoryQuery, nowMs: number): Steps<GpuHistory[]> {
  const kept = query.gpuSeries.filter((name) => isKept(database, gpuSeries, name));
  if (kept.length === 0) return [];
  const time = timeOf(database, gpuSeries, query, nowMs);
  const indexes = query.gpu === undefined ? yield* selectGpus(database, gpuSeries, time) : [query.gpu];
  const gpus: GpuHistory[] = [];
  for (const index of indexes) {
    const series: GpuHistory['series'] = {};
    for (const name of kept) series[name] = yield* selectPoints(database, gpuSeries, {name, gpu: index, ...time}, []);
    gpus.push({index, series});
  }
  return gpus;
}

function timeOf(database: DatabaseSync, group: SeriesGroup<string>, {windowMs, untilMs}: HistoryQuery, nowMs: number) {
  const endMs = untilMs ?? nowMs;
  return {sinceMs: endMs - windowMs, untilMs: endMs, newestAtMs: newestOf(database, group)};
}

/** False for a file of an earlier version. */
function isKept(database: DatabaseSync, {tiers}: SeriesGroup<string>, name: string): boolean {
  return tiers.every(({table}) => columnsIn(database, table).has(columnsOf(name).count));
}
