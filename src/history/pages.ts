import {slotOf} from '../shared/quantities/moments.ts';
import type {Steps} from './steps.ts';

/** Which rows are read, and how: their table has one per step, at its start. */
export type PagesQuery<T> = {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Pages begin at multiples of it, ms. */
  readonly slotMs: number;
  /** About how long a page is, ms. */
  readonly pageMs: number;
  /** Since when rows may still change; null if none does. */
  readonly changingSinceMs: number | null;
  /** Rows from and up to these times, oldest first. */
  readonly read: (sinceMs: number, untilMs: number) => readonly T[];
};

/**
 * Rows of a time, oldest first, in steps of a page. The newest page is read first, with all that may still change: whatever is
 * written between two steps is in none of the others.
 */
export function* inPages<T>({sinceMs, untilMs, slotMs, pageMs, changingSinceMs, read}: PagesQuery<T>): Steps<T[]> {
  const pages: (readonly T[])[] = [];
  const lengthMs = Math.max(slotMs, slotOf(pageMs, slotMs));
  let fromMs = slotOf(Math.min(untilMs - lengthMs, changingSinceMs ?? untilMs), slotMs);
  let toMs = untilMs;
  for (;;) {
    pages.push(read(Math.max(sinceMs, fromMs), toMs));
    if (fromMs <= sinceMs) return pages.reverse().flat();
    toMs = fromMs - 1;
    fromMs -= lengthMs;
    yield;
  }
}
