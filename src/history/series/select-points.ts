import type {DatabaseSync, StatementSync} from 'node:sqlite';
import type {HistoryPoints} from '../../api/history.ts';
import {slotOf} from '../../shared/quantities/moments.ts';
import {inPages} from '../pages.ts';
import {prepared} from '../prepared.ts';
import type {Steps} from '../steps.ts';
import {columnsOf, GPU_COLUMN} from './series-columns.ts';
import {type SeriesGroup, tierFor} from './tiers.ts';

/** Sum and number of the known values of a series in one slot of time; a count of 0 for an unknown value. */
export type SlotSum = {readonly slotMs: number; readonly sum: number; readonly count: number};

/** Which points of a group's tables. */
export type PointsQuery<Name extends string> = {
  readonly name: Name;
  /** Index of the GPU; null for series of the node. */
  readonly gpu: number | null;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Time of the newest point of the group: ages are counted from it, or from `untilMs` if that is later. */
  readonly newestAtMs: number;
};

/** Most points of one series in one answer; a longer window gets coarser ones. */
const MAX_POINTS = 4_000;
/** Steps without a point that count as a gap, so that no line is drawn through missing data. */
const MAX_MISSING_STEPS = 2;

/** How many steps are read without a pause, less than a millisecond of a table; of GPUs there are up to 64 rows for each. */
const PAGE_STEPS = 2_000;
const PAGE_STEPS_OF_GPUS = 100;

/**
 * Points of a series, oldest first, at the finest stored resolution; null where a gap starts. `waiting` are sums that are not
 * written yet.
 */
export function* selectPoints<Name extends string>(
  database: DatabaseSync,
  group: SeriesGroup<Name>,
  {name, gpu, sinceMs, untilMs, newestAtMs}: PointsQuery<Name>,
  waiting: readonly SlotSum[],
): Steps<HistoryPoints> {
  const tier = tierFor(group, Math.max(newestAtMs, untilMs) - sinceMs);
  const windowMs = Math.max(0, Math.min(untilMs, newestAtMs) - sinceMs);
  const stepMs = tier.stepMs * Math.max(1, Math.ceil(windowMs / tier.stepMs / MAX_POINTS));
  const {sum, count} = columnsOf(name);
  const ofGpu = gpu === null ? '' : ` AND ${GPU_COLUMN} = ?`;
  const statement = prepared(
    database,
    `SELECT at_ms / CAST(? AS INTEGER) * CAST(? AS INTEGER) AS slotMs, COALESCE(SUM(${sum}), 0) AS sum, SUM(${count}) AS count
       FROM ${tier.table} WHERE ${count} IS NOT NULL AND at_ms BETWEEN ? AND ?${ofGpu} GROUP BY 1 ORDER BY 1`,
  );
  // One that waits may be of any time: those that are written while this reads must not be read again.
  const changingSinceMs = waiting.reduce((oldest, {slotMs}) => Math.min(oldest, slotOf(slotMs, tier.stepMs)), untilMs);
  const written = yield* inPages({
    ...{sinceMs, untilMs, slotMs: stepMs, changingSinceMs},
    pageMs: tier.stepMs * (group.isPerGpu ? PAGE_STEPS_OF_GPUS : PAGE_STEPS),
    read: (fromMs, toMs) => sumsIn(statement.all(stepMs, stepMs, fromMs, toMs, ...(gpu === null ? [] : [gpu]))),
  });
  const unwritten = waiting.flatMap((row): SlotSum[] => {
    const atMs = slotOf(row.slotMs, tier.stepMs);
    return atMs < sinceMs || atMs > untilMs ? [] : [{...row, slotMs: slotOf(atMs, stepMs)}];
  });
  return pointsOf(added(written, unwritten), stepMs);
}

/** Time of the newest row of a group; 0 without one. */
export function newestOf(database: DatabaseSync, {tiers}: Pick<SeriesGroup<string>, 'tiers'>): number {
  const coarsest = tiers.at(-1) ?? tiers[0];
  return Number(database.prepare(`SELECT MAX(at_ms) AS newest FROM ${coarsest.table}`).get()?.['newest'] ?? 0);
}

/** Indexes of the GPUs that have rows in this time, in order. */
export function* selectGpus(
  database: DatabaseSync,
  group: SeriesGroup<string>,
  {sinceMs, untilMs, newestAtMs}: Pick<PointsQuery<string>, 'sinceMs' | 'untilMs' | 'newestAtMs'>,
): Steps<readonly number[]> {
  const {table, stepMs} = tierFor(group, Math.max(newestAtMs, untilMs) - sinceMs);
  const statement = prepared(
    database,
    `SELECT DISTINCT ${GPU_COLUMN} AS gpu FROM ${table} WHERE at_ms BETWEEN ? AND ?`,
  );
  const pages = {sinceMs, untilMs, slotMs: stepMs, pageMs: stepMs * PAGE_STEPS_OF_GPUS, changingSinceMs: null};
  const found = yield* inPages({
    ...pages,
    read: (fromMs, toMs) => statement.all(fromMs, toMs).map(({gpu}) => Number(gpu)),
  });
  return [...new Set(found)].sort((a, b) => a - b);
}

/** Sums in the order of their time, those of the same slot added. */
function added(sums: readonly SlotSum[], more: readonly SlotSum[]): readonly SlotSum[] {
  if (more.length === 0) return sums;
  const bySlot = new Map<number, SlotSum>();
  for (const row of [...sums, ...more]) {
    const {slotMs, sum, count} = row;
    const known = bySlot.get(slotMs);
    bySlot.set(slotMs, known === undefined ? row : {slotMs, sum: known.sum + sum, count: known.count + count});
  }
  return [...bySlot.values()].sort((a, b) => a.slotMs - b.slotMs);
}

/** A hundred thousand rows for all series of a month: a schema, and an array for each, would only be garbage. */
function sumsIn(rows: ReturnType<StatementSync['all']>): SlotSum[] {
  const sums: SlotSum[] = [];
  for (const {slotMs, sum, count} of rows) {
    if (typeof slotMs === 'number' && typeof sum === 'number' && typeof count === 'number')
      sums.push({slotMs, sum, count});
  }
  return sums;
}

/** The mean of each slot, and an unknown value where some are missing. */
function pointsOf(sums: readonly SlotSum[], stepMs: number): HistoryPoints {
  const points: HistoryPoints = [];
  let beforeMs = Number.POSITIVE_INFINITY;
  for (const {slotMs, sum, count} of sums) {
    if (slotMs - beforeMs > (MAX_MISSING_STEPS + 1) * stepMs) points.push({atMs: beforeMs + stepMs, value: null});
    points.push({atMs: slotMs, value: count === 0 ? null : sum / count});
    beforeMs = slotMs;
  }
  return points;
}
