import {absent, isAbsent, isPresent, type Reading} from '../../../samples/reading.ts';
import {SECONDS_PER_HOUR} from '../../../shared/units.ts';
import type {WindowCost} from './window-cost.ts';

/** Tokens of all kinds per second at which the node costs as much as the API of the first price book, at the mix of a window. */
export type BreakEvenNow = {
  readonly tokensPerSecond: number;
  /** Of it, as much as the window had. */
  readonly reachedRatio: number;
  /** The window whose mix it is. */
  readonly mixOf: 'hour' | 'day';
};

const MILLION = 1_000_000;

/** Break-even at the mix of the last hour, or of the last day where that hour had no tokens; absent with the reason. */
export function breakEvenNow(hour: Reading<WindowCost>, day: Reading<WindowCost>): Reading<BreakEvenNow> {
  const ofHour = breakEvenOf(hour, 'hour');
  if (isPresent(ofHour)) return ofHour;
  const ofDay = breakEvenOf(day, 'day');
  return isPresent(ofDay) ? ofDay : ofHour;
}

function breakEvenOf(window: Reading<WindowCost>, mixOf: BreakEvenNow['mixOf']): Reading<BreakEvenNow> {
  if (isAbsent(window)) return window;
  const {nodeMicroUsdPerHour: node, apis, tokensPerSecond: reached} = window;
  const perMillion = apis[0]?.microUsdPerMillionTokens ?? absent('no price book');
  if (isAbsent(node)) return node;
  if (isAbsent(perMillion)) return perMillion;
  if (perMillion === 0) return absent('the API charges nothing for this mix');
  const tokensPerSecond = (node / perMillion) * (MILLION / SECONDS_PER_HOUR);
  // A free node breaks even at any traffic.
  return {tokensPerSecond, reachedRatio: tokensPerSecond === 0 ? 1 : reached / tokensPerSecond, mixOf};
}
