import {MS_PER_HOUR} from '../../shared/units.ts';

/** What a node at this price costs in this time, USD. */
export function usdOfTime(elapsedMs: number, usdPerHour: number): number {
  return (usdPerHour * elapsedMs) / MS_PER_HOUR;
}
