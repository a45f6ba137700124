import {existsSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../../api/commands.ts';
import type {GpuHistory, History, HistoryQuery} from '../../api/history.ts';
import {ok, type Result} from '../../shared/result.ts';
import {columnsIn} from '../columns-in.ts';
import {newestOf, selectGpus, selectPoints} from '../series/select-points.ts';
import {columnsOf} from '../series/series-columns.ts';
import {gpuSeries, nodeSeries, type SeriesGroup} from '../series/tiers.ts';
import {readPastDatabase} from './past-database.ts';

/**
 * Points of a history file, oldest first, of the time before `nowMs` unless the query has an end; works without a supervisor. A missing file has none, nor
 * does a series that the file does not have yet.
 */
export function readPastHistory(path: string, query: HistoryQuery, nowMs: number): Result<History, ApiError> {
  if (!existsSync(path)) return ok({series: {}, gpus: []});
  return readPastDatabase(path, (database) => ({
    series: nodePoints(database, query, nowMs),
    gpus: gpuPoints(database, query, nowMs),
  }));
}

function nodePoints(database: DatabaseSync, query: HistoryQuery, nowMs: number): History['series'] {
  const series: History['series'] = {};
  const kept = query.series.filter((name) => isKept(database, nodeSeries, name));
  if (kept.length === 0) return series;
  const time = timeOf(database, nodeSeries, query, nowMs);
  for (const name of kept) series[name] = selectPoints(database, nodeSeries, {name, gpu: null, ...time}, []);
  return series;
}

function gpuPoints(database: DatabaseSync, query: HistoryQuery, nowMs: number): GpuHistory[] {
  const kept = query.gpuSeries.filter((name) => isKept(database, gpuSeries, name));
  if (kept.length === 0) return [];
  const time = timeOf(database, gpuSeries, query, nowMs);
  const indexes = query.gpu === undefined ? selectGpus(database, gpuSeries, time) : [query.gpu];
  return indexes.map((index) => {
    const series: GpuHistory['series'] = {};
    for (const name of kept) series[name] = selectPoints(database, gpuSeries, {name, gpu: index, ...time}, []);
    return {index, series};
  });
}

function timeOf(database: DatabaseSync, group: SeriesGroup<string>, {windowMs, untilMs}: HistoryQuery, nowMs: number) {
  const endMs = untilMs ?? nowMs;
  return {sinceMs: endMs - windowMs, untilMs: endMs, newestAtMs: newestOf(database, group)};
}

/** False for a file of an earlier version. */
function isKept(database: DatabaseSync, {tiers}: SeriesGroup<string>, name: string): boolean {
  return tiers.every(({table}) => columnsIn(database, table).has(columnsOf(name).count));
}
