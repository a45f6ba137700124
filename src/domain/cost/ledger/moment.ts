import {z} from 'zod';

/** A time by both clocks: the wall clock, which can be set, and the uptime of the host, which nobody sets and which counts suspend. */
export const momentSchema = z.object({wallMs: z.int(), bootId: z.string(), uptimeMs: z.int().nonnegative()}).readonly();
export type Moment = z.infer<typeof momentSchema>;

/**
 * Time from `before` to `after`, ms, never negative. Between two boots only the wall clock tells; an uptime that fell within
 * one boot is that of a container.
 */
export function elapsedBetween(before: Moment, after: Moment): number {
  return isSameBoot(before, after) ? after.uptimeMs - before.uptimeMs : Math.max(0, after.wallMs - before.wallMs);
}

/** By how much the wall clock was set between these, ms; 0 where that is unknown. */
export function clockStepBetween(before: Moment, after: Moment): number {
  return isSameBoot(before, after) ? after.wallMs - before.wallMs - (after.uptimeMs - before.uptimeMs) : 0;
}

/**
 * The moment between `before` and `after` at which the wall clock of `after` would have shown `wallMs`; one of the two
 * where it is not between them. The time to it and from it adds up to the time between them.
 */
export function momentWithin(before: Moment, after: Moment, wallMs: number): Moment {
  const lengthMs = elapsedBetween(before, after);
  const toGoMs = Math.min(lengthMs, Math.max(0, after.wallMs - Math.ceil(wallMs)));
  if (toGoMs === 0) return after;
  if (isSameBoot(before, after)) {
    return {...after, wallMs: after.wallMs - toGoMs, uptimeMs: after.uptimeMs - toGoMs};
  }
  return {...before, wallMs: after.wallMs - toGoMs, uptimeMs: before.uptimeMs + lengthMs - toGoMs};
}

/** Whether the host ran all the time between these. */
export function isSameBoot(before: Moment, after: Moment): boolean {
  return before.bootId === after.bootId && before.uptimeMs <= after.uptimeMs;
}
