import {isPresent, type Reading} from '../../../samples/reading.ts';
import {dayOfMonth, slotOf} from '../../../shared/quantities/moments.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE} from '../../../shared/units.ts';
import type {PriceDocument} from '../ledger/entries.ts';
import type {NodeBilling} from '../price-document.ts';
import {type BreakEvenNow, breakEvenNow} from './break-even-now.ts';
import {nodeLeft} from './node-left.ts';
import {type ProjectedMonth, projectedMonth} from './projected-month.ts';
import {type PricedEntries, type WindowCost, windowCost} from './window-cost.ts';

/** What the ledger has of the recent past: a day and an hour by minute, five weeks by hour. */
export type RecentLedger = {readonly minutes: readonly PricedEntries[]; readonly hours: readonly PricedEntries[]};

/** The windows that money is shown for. `today` and `month` are those of UTC. */
export const costWindows = ['fiveMinutes', 'hour', 'day', 'today', 'month'] as const;
export type CostWindow = (typeof costWindows)[number];

export type LiveCost = {
  readonly windows: Readonly<Record<CostWindow, Reading<WindowCost>>>;
  /** The days of UTC with anything booked, the newest first, today included. */
  readonly days: readonly DayCost[];
  readonly projection: Reading<ProjectedMonth>;
  readonly breakEven: Reading<BreakEvenNow>;
};
export type DayCost = WindowCost & {readonly dayAtMs: number; readonly isComplete: boolean};

/** How many days there are. */
export const DAYS_TOLD = 14;
/** Without the days of this month, so many before are the measure of it. */
const LEAST_PROJECTED_DAYS = 7;
/** A day with more of it unknown is not compared with others. */
const COMPLETE_RATIO = 0.98;

/**
 * The cost of each window until now, of the latest days, of the month as the complete days so far allow, and break-even at the present
 * mix. `inForce` has the APIs to compare with. Cheap enough for once a minute, and not for every second.
 */
export function liveCost({minutes, hours}: RecentLedger, {nowMs, inForce, billedUntilMs, dated}: LiveMoment): LiveCost {
  const minuteMs = slotOf(nowMs, MS_PER_MINUTE);
  const todayMs = slotOf(nowMs, MS_PER_DAY);
  const [monthMs, nextMonthMs] = monthOf(nowMs);
  const untilMs = nowMs + 1;
  const recent = (lengthMs: number): Reading<WindowCost> =>
    windowCost(minutes, {sinceMs: minuteMs - lengthMs, untilMs, inForce});
  const since = (sinceMs: number): Reading<WindowCost> => windowCost(hours, {sinceMs, untilMs, inForce});
  const windows = {
    fiveMinutes: recent(5 * MS_PER_MINUTE),
    hour: recent(MS_PER_HOUR),
    day: recent(MS_PER_DAY),
    today: since(todayMs),
    month: since(monthMs),
  };
  const firstMs = Math.min(monthMs, todayMs - LEAST_PROJECTED_DAYS * MS_PER_DAY);
  const all = daysSince(Math.min(firstMs, todayMs - (DAYS_TOLD - 1) * MS_PER_DAY), todayMs, hours, inForce);
  const leftMs = nextMonthMs - nowMs;
  const paidLeftMs = billedUntilMs === null ? leftMs : Math.max(0, Math.min(leftMs, billedUntilMs - nowMs));
  const lastHour = minutes.flatMap(({times}) => times.filter(({atMs}) => atMs >= minuteMs - MS_PER_HOUR));
  return {
    windows,
    days: all.filter(({dayAtMs}) => dayAtMs > todayMs - DAYS_TOLD * MS_PER_DAY),
    projection: projectedMonth({
      month: windows.month,
      completeDays: all.filter(({dayAtMs, isComplete}) => isComplete && dayAtMs >= firstMs),
      nodeLeftMicroUsd: nodeLeft(
        {nowMs, untilMs: nowMs + paidLeftMs, node: inForce.node, dated},
        {window: windows.hour, times: lastHour},
      ),
      leftMs,
      paidLeftMs,
    }),
    breakEven: breakEvenNow(windows.hour, windows.day),
  };
}

export type LiveMoment = {
  readonly nowMs: number;
  readonly inForce: PriceDocument;
  /** When the node stops to be paid for; null for no such time. */
  readonly billedUntilMs: number | null;
  /** Prices of the node that follow the one in force. */
  readonly dated: NodeBilling['dated'];
};

function daysSince(
  sinceMs: number,
  todayMs: number,
  hours: readonly PricedEntries[],
  inForce: PriceDocument,
): readonly DayCost[] {
  const days: DayCost[] = [];
  const byDay = hours.map((entries) => ({
    prices: entries.prices,
    tokens: groupedByDay(entries.tokens),
    times: groupedByDay(entries.times),
  }));
  for (let dayAtMs = todayMs; dayAtMs >= sinceMs; dayAtMs -= MS_PER_DAY) {
    const entries = byDay.map(({prices, tokens, times}) => ({
      prices,
      tokens: tokens.get(dayAtMs) ?? [],
      times: times.get(dayAtMs) ?? [],
    }));
    const cost = windowCost(entries, {sinceMs: dayAtMs, untilMs: dayAtMs + MS_PER_DAY, inForce});
    if (isPresent(cost)) {
      const isComplete = dayAtMs < todayMs && cost.coveredMs >= COMPLETE_RATIO * MS_PER_DAY;
      days.push({...cost, dayAtMs, isComplete});
    }
  }
  return days;
}

function groupedByDay<Entry extends {readonly atMs: number}>(entries: readonly Entry[]): ReadonlyMap<number, Entry[]> {
  const days = new Map<number, Entry[]>();
  for (const entry of entries) {
    const dayAtMs = slotOf(entry.atMs, MS_PER_DAY);
    const day = days.get(dayAtMs);
    if (day === undefined) days.set(dayAtMs, [entry]);
    else day.push(entry);
  }
  return days;
}

/** The start of the month of UTC, and of the next one. */
function monthOf(atMs: number): readonly [number, number] {
  const startMs = slotOf(atMs, MS_PER_DAY) - (dayOfMonth(atMs) - 1) * MS_PER_DAY;
  const later = startMs + DAYS_INTO_NEXT_MONTH * MS_PER_DAY;
  return [startMs, later - (dayOfMonth(later) - 1) * MS_PER_DAY];
}

/** From the first of any month so many days lead into the next one, and not beyond it. */
const DAYS_INTO_NEXT_MONTH = 35;
