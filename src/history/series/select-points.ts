import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import type {HistoryPoints} from '../../api/history.ts';
import {prepared} from '../prepared.ts';
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

const sumsSchema = z.array(z.object({slotMs: z.number(), sum: z.number(), count: z.number()}));

/**
 * Points of a series, oldest first, at the finest stored resolution; null where a gap starts. `waiting` are sums that are not
 * written yet.
 */
export function selectPoints<Name extends string>(
  database: DatabaseSync,
  group: SeriesGroup<Name>,
  {name, gpu, sinceMs, untilMs, newestAtMs}: PointsQuery<Name>,
  waiting: readonly SlotSum[],
): HistoryPoints {
  const tier = tierFor(group, Math.max(newestAtMs, untilMs) - sinceMs);
  const windowMs = Math.max(0, Math.min(untilMs, newestAtMs) - sinceMs);
  const stepMs = tier.stepMs * Math.max(1, Math.ceil(windowMs / tier.stepMs / MAX_POINTS));
  const {sum, count} = columnsOf(name);
  const ofGpu = gpu === null ? '' : ` AND ${GPU_COLUMN} = ?`;
  const rows = prepared(
    database,
    `SELECT at_ms / CAST(? AS INTEGER) * CAST(? AS INTEGER) AS slotMs, COALESCE(SUM(${sum}), 0) AS sum, SUM(${count}) AS count
       FROM ${tier.table} WHERE ${count} IS NOT NULL AND at_ms BETWEEN ? AND ?${ofGpu} GROUP BY 1 ORDER BY 1`,
  ).all(stepMs, stepMs, sinceMs, untilMs, ...(gpu === null ? [] : [gpu]));
  const unwritten = waiting.flatMap((row): SlotSum[] => {
    const atMs = slotOf(row.slotMs, tier.stepMs);
    return atMs < sinceMs || atMs > untilMs ? [] : [{...row, slotMs: slotOf(atMs, stepMs)}];
  });
  return withGaps(added(sumsSchema.parse(rows), unwritten).map(toPoint), stepMs);
}

/** Start of the slot of this length that a time is in. */
export function slotOf(atMs: number, stepMs: number): number {
  return Math.floor(atMs / stepMs) * stepMs;
}

/** Time of the newest row of a group; 0 without one. */
export function newestOf(database: DatabaseSync, {tiers}: Pick<SeriesGroup<string>, 'tiers'>): number {
  const coarsest = tiers.at(-1) ?? tiers[0];
  return Number(database.prepare(`SELECT MAX(at_ms) AS newest FROM ${coarsest.table}`).get()?.['newest'] ?? 0);
}

/** Indexes of the GPUs that have rows in this time, in order. */
export function selectGpus(
  database: DatabaseSync,
  group: SeriesGroup<string>,
  {sinceMs, untilMs, newestAtMs}: Pick<PointsQuery<string>, 'sinceMs' | 'untilMs' | 'newestAtMs'>,
): readonly number[] {
  const {table} = tierFor(group, Math.max(newestAtMs, untilMs) - sinceMs);
  return prepared(database, `SELECT DISTINCT ${GPU_COLUMN} AS gpu FROM ${table} WHERE at_ms BETWEEN ? AND ? ORDER BY 1`)
    .all(sinceMs, untilMs)
    .map(({gpu}) => Number(gpu));
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

function toPoint({slotMs, sum, count}: SlotSum): HistoryPoints[number] {
  return {atMs: slotMs, value: count === 0 ? null : sum / count};
}

function withGaps(points: HistoryPoints, stepMs: number): HistoryPoints {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    const isGap = before !== undefined && point.atMs - before.atMs > (MAX_MISSING_STEPS + 1) * stepMs;
    return isGap ? [{atMs: before.atMs + stepMs, value: null}, point] : [point];
  });
}
