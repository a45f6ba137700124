import type {MetricPoint} from '../../samples/exposition.ts';
import type {TokenKind, TokenSeries} from '../../samples/token-series.ts';
import type {MetricSeries, PointFilter, SeriesNames} from './metric-series.ts';

/** Where an engine counts tokens of one kind. */
export type CountedTokens = {
  readonly kind: TokenKind;
  readonly names: SeriesNames;
  /** The labels that tell counters apart that can restart apart; counters that differ in others are added. */
  readonly labels: readonly string[];
  readonly filter?: PointFilter;
  /** Tells these counters from others of the same kind. */
  readonly part?: string;
};

/** More counters of one kind than these are added: a label that has a new value for each request is no engine core. */
export const MOST_TOKEN_SERIES = 64;
const MOST_LABEL_CHARACTERS = 32;
const TOTAL = '_total';

/** The counters of a page, by the labels of each. One with an impossible value is left out: what it had stays known. */
export function tokenSeriesOf(series: MetricSeries, counted: readonly CountedTokens[]): readonly TokenSeries[] {
  return counted.flatMap((one) => {
    const points = series.points(one.names, one.filter);
    if (points === null) return [];
    const created = createdByKey(series, one);
    const byKey = sumsByKey(points, (point) => keyOf(one, point));
    const found = byKey.size > MOST_TOKEN_SERIES ? sumsByKey(points, () => one.part ?? '') : byKey;
    return [...found].flatMap(([key, sum]) => {
      const value = Math.floor(sum);
      const isPossible = value >= 0 && value <= Number.MAX_SAFE_INTEGER;
      return isPossible ? [{kind: one.kind, key, value, createdSeconds: created.get(key) ?? null}] : [];
    });
  });
}

/** The names under which an exporter tells when these counters were created. */
export function createdNames(names: SeriesNames): SeriesNames {
  const [first, ...others] = names.map(createdName);
  return [first ?? '', ...others];
}

function createdName(name: string): string {
  return `${name.endsWith(TOTAL) ? name.slice(0, -TOTAL.length) : name}_created`;
}

/** The newest of those that are added: if one was created again, so was the sum. */
function createdByKey(series: MetricSeries, counted: CountedTokens): ReadonlyMap<string, number> {
  const name = counted.names.find((one) => series.points([one], counted.filter) !== null);
  const points = name === undefined ? null : series.points([createdName(name)], counted.filter);
  const newest = new Map<string, number>();
  for (const point of points ?? []) {
    if (!Number.isFinite(point.value)) continue;
    const key = keyOf(counted, point);
    newest.set(key, Math.max(newest.get(key) ?? point.value, point.value));
  }
  return newest;
}

function keyOf({labels, part}: CountedTokens, {labels: found}: MetricPoint): string {
  const values = labels.map((label) => (found[label] ?? '').slice(0, MOST_LABEL_CHARACTERS));
  return [...(part === undefined ? [] : [part]), ...values].join(' ');
}

function sumsByKey(points: readonly MetricPoint[], key: (point: MetricPoint) => string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const point of points) sums.set(key(point), (sums.get(key(point)) ?? 0) + negativeIsNone(point.value));
  return sums;
}

/** A negative value makes the sum impossible, whatever it is added to. */
function negativeIsNone(value: number): number {
  return value < 0 ? Number.NaN : value;
}
