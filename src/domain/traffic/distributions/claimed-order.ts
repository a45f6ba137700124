import {type Quantile, quantileRange} from '../quantile.ts';

/** Sums are differences of large floating-point totals. */
const TOLERANCE = 1e-6;

/** True if one is larger than the other as it is shown; a limit that it is below says nothing of how large it is. */
export function isShownAbove(one: Quantile, other: Quantile): boolean {
  return one.kind !== 'below' && other.kind !== 'above' && one.value > other.value * (1 + TOLERANCE);
}

/** An interpolated quantile lowered to one that it cannot be above, as far as its bucket allows. */
export function notAbove(quantile: Quantile, limit: Quantile): Quantile {
  if (quantile.kind !== 'interpolated' || !isShownAbove(quantile, limit)) return quantile;
  return {...quantile, value: Math.max(quantile.from, limit.value)};
}

/**
 * A quantile of a whole and the highest one of its parts, where the whole is not above: as many observations as the
 * whole has at or below the highest of its parts are enough for any quantile. Both are estimates within a bucket: that of the whole is lowered, and
 * where its least possible value is larger, that of the parts is raised to it.
 */
export function withinParts(
  whole: Quantile,
  highest: Quantile,
): {readonly whole: Quantile; readonly highest: Quantile} {
  const lowered = notAbove(whole, highest);
  if (!isShownAbove(lowered, highest)) return {whole: lowered, highest};
  const {value} = lowered;
  const [, to] = quantileRange(highest);
  return {whole: lowered, highest: {kind: 'interpolated', value, from: value, to: Math.max(value, to)}};
}
