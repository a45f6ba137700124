import {isAbsent, type Reading, valueOrNull} from '../../../samples/reading.ts';
import {MS_PER_DAY, MS_PER_HOUR} from '../../../shared/units.ts';
import {rankOf} from '../../traffic/histogram-quantile.ts';
import type {RequestLengths} from '../../traffic/request-lengths.ts';

type Points = readonly {readonly atMs: number; readonly value: number | null}[];

/** What the history has of a time: points of each series, oldest first, null where a gap begins. */
export type LoadHistory = {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly series: Readonly<Partial<Record<LoadSeries, Points>>>;
  readonly lengths: Reading<RequestLengths>;
};

/** The series that tell the load of a node. */
export const loadSeries = [
  'runningRequests',
  'kvUsageRatio',
  'promptTokensPerSecond',
  'cachedPromptTokensPerSecond',
  'generationTokensPerSecond',
] as const;
type LoadSeries = (typeof loadSeries)[number];

/** What a node had to do in a time, and how much of the time is known. Null: unknown. */
export type ObservedLoad = {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** In which the engine was read. */
  readonly coveredMs: number;
  readonly lengths: Reading<RequestLengths>;
  /** The most of any point, each of which is a mean of some minutes. */
  readonly mostRunningRequests: number | null;
  readonly mostKvUsageRatio: number | null;
  /** Of all hours, 95 of 100 have at most this: tokens per second that are computed, without cached prompt tokens. */
  readonly busyTokensPerSecond: number | null;
  /** The same of generated tokens. */
  readonly busyOutputTokensPerSecond: number | null;
};

const BUSY_QUANTILE = 0.95;
/** Points of a week are three minutes apart. */
const LONGEST_STEP_MS = 10 * 60_000;

/** The load by the kept series and sizes of requests. */
export function observedLoad({sinceMs, untilMs, series, lengths}: LoadHistory): ObservedLoad {
  const prompt = hourlyMeans(series.promptTokensPerSecond);
  const cached = hourlyMeans(series.cachedPromptTokensPerSecond);
  const output = hourlyMeans(series.generationTokensPerSecond);
  const computed = [...output].map(([hour, rate]) => {
    const all = prompt.get(hour);
    // Where an engine tells no cached tokens, all of them are computed.
    return all === undefined ? null : Math.max(0, all - (cached.get(hour) ?? 0)) + rate;
  });
  return {
    sinceMs,
    untilMs,
    coveredMs: coveredMs(series.runningRequests),
    lengths,
    mostRunningRequests: most(series.runningRequests),
    mostKvUsageRatio: most(series.kvUsageRatio),
    busyTokensPerSecond: busyRate(computed.filter((rate) => rate !== null)),
    busyOutputTokensPerSecond: busyRate([...output.values()]),
  };
}

const WEEK_MS = 7 * MS_PER_DAY;
const ENOUGH_COVERED = 0.95;

/** Whether this is a week of which nearly everything is known, with requests: less says nothing about the next one. */
export function isWholeWeek({sinceMs, untilMs, coveredMs: covered, lengths}: ObservedLoad): boolean {
  const lengthMs = untilMs - sinceMs;
  return lengthMs >= WEEK_MS && covered >= lengthMs * ENOUGH_COVERED && !isAbsent(lengths);
}

/** The longest request that there was at most; null where nothing limits it. */
export function longestAtMost({lengths}: Pick<ObservedLoad, 'lengths'>): number | null {
  return valueOrNull(lengths)?.longest.atMostTokens ?? null;
}

function known(points: Points = []): readonly {readonly atMs: number; readonly value: number}[] {
  return points.flatMap(({atMs, value}) => (value === null ? [] : [{atMs, value}]));
}

function most(points?: Points): number | null {
  const values = known(points).map(({value}) => value);
  return values.length === 0 ? null : values.reduce((highest, value) => Math.max(highest, value));
}

/** Between points that follow one another: a null, or a longer time, is a gap. */
function coveredMs(points: Points = []): number {
  let covered = 0;
  for (const [index, {atMs, value}] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined || before.value === null || value === null) continue;
    const stepMs = atMs - before.atMs;
    if (stepMs > 0 && stepMs <= LONGEST_STEP_MS) covered += stepMs;
  }
  return covered;
}

function hourlyMeans(points?: Points): ReadonlyMap<number, number> {
  const hours = Map.groupBy(known(points), ({atMs}) => Math.floor(atMs / MS_PER_HOUR));
  return new Map(
    [...hours].map(([hour, values]) => [hour, values.reduce((sum, {value}) => sum + value, 0) / values.length]),
  );
}

/** The rate that 95 of 100 hours have at most; null where there is no hour. */
export function busyRate(rates: readonly number[]): number | null {
  const ascending = rates.toSorted((a, b) => a - b);
  return ascending[rankOf(BUSY_QUANTILE, ascending.length) - 1] ?? null;
}
