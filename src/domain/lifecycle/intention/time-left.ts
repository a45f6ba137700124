import type {PastExit} from '../run-identity.ts';
import type {Intention} from './intention.ts';
import type {GivenUpReason} from './intention-facts.ts';

/** How long after it was due an intention is still carried on: later, whoever decided it does not expect it any more. */
const CARRIED_ON_FOR_MS = 15 * 60_000;

type Times = Pick<Intention, 'requestedAtMs' | 'drainUntilMs' | 'backOff'>;

/** When it was to act on its own at the latest: at the end of its drain or of its delay. */
export function dueAtMs({requestedAtMs, drainUntilMs, backOff}: Times): number {
  return Math.max(requestedAtMs, drainUntilMs ?? 0, backOff?.untilMs ?? 0);
}

/** True where nobody was there to carry it on in time. */
export function isTooLate(times: Times, nowMs: number): boolean {
  return nowMs - dueAtMs(times) > CARRIED_ON_FOR_MS;
}

/**
 * Why an engine that exited while nobody watched is not restarted or replaced: because that was long ago, or at a time that
 * cannot be; null where the answer is still expected.
 */
export function tooLateFor(past: PastExit, nowMs: number): GivenUpReason | null {
  if (Math.abs(nowMs - past.dueAtMs) <= CARRIED_ON_FOR_MS) return null;
  const known = (time: number | null) => (time !== null && time <= nowMs ? time : null);
  return {kind: 'exited-unwatched', exitedAtMs: known(past.exitedAtMs), seenAtMs: known(past.seenAtMs)};
}

/**
 * How long running requests may still finish, milliseconds; 0 without a drain. A drain that nobody watched to its end
 * begins again. After the clock was set back it is not longer than it was to be.
 */
export function drainLeftMs({requestedAtMs, drainUntilMs}: Times, nowMs: number): number {
  if (drainUntilMs === null) return 0;
  const lengthMs = Math.max(0, drainUntilMs - requestedAtMs);
  const leftMs = drainUntilMs - nowMs;
  return leftMs > 0 ? Math.min(leftMs, lengthMs) : lengthMs;
}

/** How long a start still waits, milliseconds; after the clock was set back not longer than it was to wait. */
export function delayLeftMs({requestedAtMs, backOff}: Times, nowMs: number): number {
  if (backOff === null) return 0;
  return Math.max(0, Math.min(backOff.untilMs - nowMs, backOff.untilMs - requestedAtMs));
}
