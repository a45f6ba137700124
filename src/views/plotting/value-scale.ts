import {type AxisUnit, axisSize, axisText, emptyAxisTop} from '../../shared/quantities/axis-units.ts';

/** The values of a plot from bottom to top, and the round ones that are named at its side, lowest first. */
export type ValueScale = {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly {readonly value: number; readonly text: string}[];
};

export type ScaleRequest = {
  readonly unit: AxisUnit;
  /** Most steps between two named values. */
  readonly mostSteps: number;
  /** True if the scale begins at zero; false to show small changes of large values. */
  readonly hasZero: boolean;
};

/** Leading digits of steps that are easy to add up in the head; the others only where a single step is the whole scale. */
const steps = [1, 2, 2.5, 5, 10];
const wholeSteps = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
/** Without zero, a scale shows at least this part of its values: less is noise. */
export const LEAST_RELATIVE_SPAN = 0.02;
const ROUNDING = 1e-9;

/** The least scale with round ends and steps that has all values from `least` to `most`. Both are finite. */
export function valueScale(least: number, most: number, {unit, mostSteps, hasZero}: ScaleRequest): ValueScale {
  const {low, high} = ends(least, most, unit, hasZero);
  const size = axisSize(unit, Math.max(Math.abs(low), Math.abs(high)));
  const {start, step, count} = leastRound(low / size.divisor, high / size.divisor, Math.max(1, mostSteps));
  const ticks = Array.from({length: count + 1}, (_, index) => {
    const value = (start + index * step) * size.divisor;
    return {value, text: axisText(value, step * size.divisor, unit, size)};
  });
  return {low: start * size.divisor, high: (start + count * step) * size.divisor, ticks};
}

function ends(
  least: number,
  most: number,
  unit: AxisUnit,
  hasZero: boolean,
): {readonly low: number; readonly high: number} {
  if (hasZero) {
    const low = Math.min(0, least);
    const high = Math.max(0, most);
    return high - low > 0 ? {low, high} : {low: 0, high: emptyAxisTop(unit)};
  }
  const span = Math.max(Math.abs(least), Math.abs(most)) * LEAST_RELATIVE_SPAN;
  const missing = Math.max(0, span - (most - least)) / 2;
  const widened = {low: least - missing, high: most + missing};
  return widened.high > widened.low ? widened : {low: 0, high: emptyAxisTop(unit)};
}

type RoundScale = {readonly start: number; readonly step: number; readonly count: number};

/** The round scale that reaches least beyond its values; of equal ones that with the most steps. */
function leastRound(low: number, high: number, mostSteps: number): RoundScale {
  let best: RoundScale | null = null;
  // Zero is always named: values on both sides of it need two steps.
  const most = low < 0 && high > 0 ? Math.max(2, mostSteps) : mostSteps;
  for (let count = 1; count <= most; count += 1) {
    const candidate = roundScale(low, high, count);
    if (candidate === null) continue;
    const isBetter = best === null || candidate.step * candidate.count <= best.step * best.count * (1 + ROUNDING);
    if (isBetter) best = candidate;
  }
  return best ?? {start: low, step: high - low, count: 1};
}

/** The smallest round step of which `mostSteps` reach from `low` to `high`; null if none does. */
function roundScale(low: number, high: number, mostSteps: number): RoundScale | null {
  const power = 10 ** Math.floor(Math.log10((high - low) / mostSteps));
  for (const factor of [1, 10]) {
    for (const digit of mostSteps === 1 ? wholeSteps : steps) {
      const step = digit * power * factor;
      const first = Math.floor(low / step + ROUNDING);
      const count = Math.max(1, Math.ceil(high / step - ROUNDING) - first);
      if (count <= mostSteps) return {start: first * step, step, count};
    }
  }
  return null;
}
