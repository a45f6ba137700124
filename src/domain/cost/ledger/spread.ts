import {slotOf} from '../../../shared/quantities/moments.ts';

/** A time by the wall clock, ms; of length 0 for what happened at `untilMs`. */
export type Span = {readonly fromMs: number; readonly untilMs: number};

/** What falls into the hour or minute that starts at `atMs`. */
type Part<Key extends string> = {readonly atMs: number; readonly amounts: Readonly<Record<Key, number>>};

/**
 * Whole amounts over the hours or minutes (`unitMs`) of a span, in proportion to the time: each part is the difference of two
 * shares that are rounded down, so that the parts are whole and add up to the amount, and the minutes to their hours.
 * Parts that end before `sinceMs` are left out.
 */
export function spreadOver<Key extends string>(
  {fromMs, untilMs}: Span,
  unitMs: number,
  amounts: Readonly<Record<Key, number>>,
  sinceMs = Number.NEGATIVE_INFINITY,
): readonly Part<Key>[] {
  const lengthMs = untilMs - fromMs;
  if (lengthMs <= 0) return [{atMs: slotOf(untilMs, unitMs), amounts}];
  const shareUntil = (atMs: number, total: number): number =>
    atMs >= untilMs ? total : Math.floor(total * (Math.max(0, atMs - fromMs) / lengthMs));
  const parts: Part<Key>[] = [];
  for (let atMs = slotOf(Math.max(fromMs, sinceMs), unitMs); atMs < untilMs; atMs += unitMs) {
    const share = (total: number): number => shareUntil(atMs + unitMs, total) - shareUntil(atMs, total);
    parts.push({atMs, amounts: mapAmounts(amounts, share)});
  }
  return parts;
}

function mapAmounts<Key extends string>(
  amounts: Readonly<Record<Key, number>>,
  of: (total: number) => number,
): Readonly<Record<Key, number>> {
  const mapped: Record<Key, number> = {...amounts};
  for (const key in amounts) mapped[key] = of(amounts[key]);
  return mapped;
}
