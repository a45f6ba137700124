import type {NamedSeries} from '../../api/series-choice.ts';
import {isoText} from '../../shared/quantities/moments.ts';

/**
 * Series as comma-separated values with a header: the time (ISO 8601, UTC) and a column per series, in its own unit without
 * rounding. A cell is empty where the series has no point at that time or its value is unknown.
 */
export function seriesCsv(series: readonly NamedSeries[]): string {
  const byTime = series.map(({points}) => new Map(points.map(({atMs, value}) => [atMs, value])));
  const times = [...new Set(byTime.flatMap((values) => [...values.keys()]))].sort((a, b) => a - b);
  const lines = times.map((atMs) =>
    [isoText(atMs), ...byTime.map((values) => String(values.get(atMs) ?? ''))].join(','),
  );
  return [['time', ...series.map(({name}) => name)].join(','), ...lines].join('\n');
}
