import type {CostView} from '../../../api/cost/cost-view.ts';
import type {IdleCost} from '../../../domain/cost/live/idle-cost-so-far.ts';
import type {DayCost, LiveCost} from '../../../domain/cost/live/live-cost.ts';
import {absent, type Reading} from '../../../samples/reading.ts';

/** Why the share of thinking tokens is unknown. */
const UNMEASURED_THINKING = 'no engine counts thinking tokens apart';

/** The money of a snapshot: sums of the ledger, what is in force, and the idle time. */
export function buildCostView(
  {windows, days, projection, breakEven}: LiveCost,
  now: {
    readonly nodeUsdPerHour: Reading<number>;
    readonly priceBooks: CostView['priceBooks'];
    readonly idle: IdleCost | null;
    readonly size: NonNullable<CostView['size']>;
  },
): CostView {
  return {
    nodeUsdPerHour: now.nodeUsdPerHour,
    priceBooks: now.priceBooks,
    windows,
    days: days.map(dayView),
    projection,
    breakEven,
    thinkingRatio: absent(UNMEASURED_THINKING),
    size: now.size,
    idle: now.idle,
  };
}

function dayView({dayAtMs, isComplete, gapMs, timeMs, tokens, nodeMicroUsd, apis: [first]}: DayCost) {
  return {
    dayAtMs,
    isComplete,
    gapMs,
    timeMs,
    tokens,
    nodeMicroUsd,
    apiMicroUsd: first?.microUsd ?? 0,
    savedMicroUsd: first?.savedMicroUsd ?? absent('no price book'),
  };
}
