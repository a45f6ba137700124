import type {Bins} from './time-bins.ts';
import type {ValueScale} from './value-scale.ts';

/**
 * The levels that a series covers at each of its values, counted from the bottom of the plot: `from` (inclusive) to `to`
 * (exclusive), both zero in a gap.
 */
export type Levels = {readonly from: Int32Array; readonly to: Int32Array};

/** 1 for the bottom of the scale, `levels` for its top: zero is a level too, so that it differs from a gap. */
export function levelOf(value: number, {low, high}: ValueScale, levels: number): number {
  const share = high > low ? (value - low) / (high - low) : 0;
  return 1 + Math.round(Math.min(1, Math.max(0, share)) * (levels - 1));
}

/** An area from zero (or the end of the scale next to it) to the largest value of each bin. */
export function areaLevels({most, least}: Bins, scale: ValueScale, levels: number): Levels {
  const base = levelOf(Math.min(scale.high, Math.max(scale.low, 0)), scale, levels);
  const from = new Int32Array(most.length);
  const to = new Int32Array(most.length);
  for (let bin = 0; bin < most.length; bin += 1) {
    const top = most[bin] ?? Number.NaN;
    if (Number.isNaN(top)) continue;
    from[bin] = Math.min(base, levelOf(least[bin] ?? top, scale, levels)) - 1;
    to[bin] = Math.max(base, levelOf(top, scale, levels));
  }
  return {from, to};
}

/** A line through the values of each bin from the least to the largest, joined to those of the bin before. */
export function lineLevels({most, least}: Bins, scale: ValueScale, levels: number): Levels {
  const from = new Int32Array(most.length);
  const to = new Int32Array(most.length);
  let beforeLow = 0;
  let beforeHigh = 0;
  for (let bin = 0; bin < most.length; bin += 1) {
    const top = most[bin] ?? Number.NaN;
    if (Number.isNaN(top)) {
      beforeHigh = 0;
      continue;
    }
    const low = levelOf(least[bin] ?? top, scale, levels) - 1;
    const high = levelOf(top, scale, levels);
    from[bin] = beforeHigh > 0 ? Math.min(low, beforeHigh) : low;
    to[bin] = beforeHigh > 0 ? Math.max(high, beforeLow) : high;
    beforeLow = low;
    beforeHigh = high;
  }
  return {from, to};
}
