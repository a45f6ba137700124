import {MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND} from '../units.ts';
import {gibText} from './bytes.ts';
import {countText, decimalText} from './counts.ts';
import {latencyText} from './durations.ts';
import {usdPerHourText} from './money.ts';
import {perSecondText, tokensPerSecondText} from './rates.ts';
import {percentText} from './ratios.ts';
import {celsiusText, megahertzText, wattsText} from './sensors.ts';

/** What the values of a plot are. Ratios are 0..1. */
export type AxisUnit =
  | 'count'
  | 'perSecond'
  | 'tokensPerSecond'
  | 'ratio'
  | 'milliseconds'
  | 'bytes'
  | 'watts'
  | 'celsius'
  | 'megahertz'
  | 'usdPerHour';

/** One size of numbers on an axis: values are divided by `divisor`, and `suffix` follows. */
export type AxisSize = {readonly divisor: number; readonly suffix: string};

type Unit = {
  /** Largest first; the last one is for everything smaller. `from`: the smallest largest value it is for. */
  readonly sizes: readonly (AxisSize & {readonly from: number})[];
  readonly prefix: string;
  /** Columns of the usual labels, so that a changed scale does not move the plot. */
  readonly labelColumns: number;
  /** Top of an axis on which everything is zero. */
  readonly emptyTop: number;
  /** A single value, with its unit. */
  readonly text: (value: number) => string;
};

const thousands = [1e12, 1e9, 1e6, 1e3, 1];
const thousandSuffixes = ['T', 'G', 'M', 'k', ''];
const decimal = thousands.map((divisor, index) => ({
  from: divisor,
  divisor,
  suffix: thousandSuffixes[index] ?? '',
}));
/** GiB is the unit of every screen: TiB begins where GiB would have five digits. */
const binary = [4, 3, 2, 1, 0].map((power) => ({
  from: power === 4 ? 10 * 1024 ** 4 : 1024 ** power,
  divisor: 1024 ** power,
  suffix: [' B', ' KiB', ' MiB', ' GiB', ' TiB'][power] ?? '',
}));

const units: Readonly<Record<AxisUnit, Unit>> = {
  count: {sizes: decimal, prefix: '', labelColumns: 5, emptyTop: 1, text: countText},
  perSecond: {sizes: decimal, prefix: '', labelColumns: 5, emptyTop: 1, text: perSecondText},
  tokensPerSecond: {sizes: decimal, prefix: '', labelColumns: 5, emptyTop: 10, text: tokensPerSecondText},
  ratio: {sizes: [{from: 0, divisor: 0.01, suffix: ' %'}], prefix: '', labelColumns: 5, emptyTop: 1, text: percentText},
  milliseconds: {
    sizes: [
      {from: 2 * MS_PER_HOUR, divisor: MS_PER_HOUR, suffix: ' h'},
      {from: 2 * MS_PER_MINUTE, divisor: MS_PER_MINUTE, suffix: ' min'},
      {from: MS_PER_SECOND, divisor: MS_PER_SECOND, suffix: ' s'},
      {from: 0, divisor: 1, suffix: ' ms'},
    ],
    prefix: '',
    labelColumns: 6,
    emptyTop: 100,
    text: latencyText,
  },
  bytes: {sizes: binary, prefix: '', labelColumns: 9, emptyTop: 1024 ** 3, text: gibText},
  watts: {
    sizes: [
      {from: 10_000, divisor: 1_000, suffix: ' kW'},
      {from: 0, divisor: 1, suffix: ' W'},
    ],
    prefix: '',
    labelColumns: 6,
    emptyTop: 100,
    text: wattsText,
  },
  celsius: {
    sizes: [{from: 0, divisor: 1, suffix: ' C'}],
    prefix: '',
    labelColumns: 5,
    emptyTop: 100,
    text: celsiusText,
  },
  megahertz: {
    sizes: [{from: 0, divisor: 1, suffix: ' MHz'}],
    prefix: '',
    labelColumns: 9,
    emptyTop: 1_000,
    text: megahertzText,
  },
  usdPerHour: {sizes: decimal, prefix: '$', labelColumns: 6, emptyTop: 1, text: usdPerHourText},
};

const PLAIN: AxisSize = {divisor: 1, suffix: ''};
/** Longer numbers are written with an exponent. */
const LONGEST_PLAIN = 1e5;
const MOST_DIGITS = 3;

/** The size of numbers for an axis that reaches to `largest`. */
export function axisSize(unit: AxisUnit, largest: number): AxisSize {
  const {sizes} = units[unit];
  return sizes.find(({from}) => Math.abs(largest) >= from) ?? sizes.at(-1) ?? PLAIN;
}

/** `0`, `1.5k`, `50 %`, `2 s`, `$12`: a value of an axis, with the digits that steps of `step` need. */
export function axisText(value: number, step: number, unit: AxisUnit, {divisor, suffix}: AxisSize): string {
  if (value === 0) return '0';
  const number = value / divisor;
  const steps = step / divisor;
  const digits = [0, 1, 2].find((count) => isWhole(steps * 10 ** count)) ?? MOST_DIGITS;
  const text =
    Math.abs(number) >= LONGEST_PLAIN ? Math.abs(number).toExponential(1) : decimalText(Math.abs(number), digits);
  return `${number < 0 ? '-' : ''}${units[unit].prefix}${text}${suffix}`;
}

/** A single value in full, with its unit. */
export function axisValueText(value: number, unit: AxisUnit): string {
  return units[unit].text(value);
}

/** Columns of the usual labels of a unit. */
export function axisLabelColumns(unit: AxisUnit): number {
  return units[unit].labelColumns;
}

/** The top of an axis on which everything is zero. */
export function emptyAxisTop(unit: AxisUnit): number {
  return units[unit].emptyTop;
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-6 * Math.max(1, Math.abs(value));
}
