import {absent, combineReadings, isAbsent, type Reading} from '../../../samples/reading.ts';
import {MS_PER_DAY} from '../../../shared/units.ts';
import {dividedHalfEven} from '../exact-money.ts';
import type {WindowCost} from './window-cost.ts';

/** The whole month in micro-USD, as the complete days so far allow; `low` and `high` as if all days left were as the worst and the best. */
export type ProjectedMonth = {
  /** By the price of the node in force, and those that are dated after it. */
  readonly nodeMicroUsd: number;
  readonly api: ProjectedRange;
  /** Of the API less the node. */
  readonly saved: ProjectedRange;
  readonly completeDays: number;
};
export type ProjectedRange = {readonly low: number; readonly mid: number; readonly high: number};

/** One day says nothing about the others. */
const LEAST_DAYS = 2;

/**
 * What the month will have cost when it ends, by the first price book: what is booked, and for each day left that of the complete
 * days. Absent, with the reason, below two of them.
 */
export function projectedMonth(input: {
  readonly month: Reading<WindowCost>;
  readonly completeDays: readonly WindowCost[];
  /** What the node will cost until the month ends. */
  readonly nodeLeftMicroUsd: Reading<number>;
  /** Until the month ends. */
  readonly leftMs: number;
  /** Of it, until the node is no longer paid for. */
  readonly paidLeftMs: number;
}): Reading<ProjectedMonth> {
  const {month, completeDays, nodeLeftMicroUsd, leftMs, paidLeftMs} = input;
  if (isAbsent(month)) return month;
  const daily = completeDays.flatMap(({apis: [first]}) => (first === undefined ? [] : [first.microUsd]));
  const booked = month.apis[0];
  if (booked === undefined) return absent('no price book');
  if (daily.length < LEAST_DAYS)
    return absent(`${daily.length === 0 ? 'no complete day' : 'one complete day'} yet; ${LEAST_DAYS} are needed`);
  const node = combineReadings(month.nodeMicroUsd, nodeLeftMicroUsd, (spent, left) => spent + left);
  if (isAbsent(node)) return node;
  const servedMs = Math.min(leftMs, paidLeftMs);
  const withDays = (microUsd: number, days: number): number =>
    booked.microUsd + Number(dividedHalfEven(BigInt(microUsd) * BigInt(servedMs), BigInt(MS_PER_DAY) * BigInt(days)));
  const api = {
    low: withDays(Math.min(...daily), 1),
    mid: withDays(
      daily.reduce((sum, amount) => sum + amount, 0),
      daily.length,
    ),
    high: withDays(Math.max(...daily), 1),
  };
  return {
    nodeMicroUsd: node,
    api,
    saved: {low: api.low - node, mid: api.mid - node, high: api.high - node},
    completeDays: daily.length,
  };
}
