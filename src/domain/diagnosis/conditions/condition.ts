import {isAbsent, type Reading} from '../../../samples/reading.ts';

/**
 * What one reading says about a condition. `between`: between the two thresholds, so it confirms neither. `unknown`:
 * nothing was read, or it is too old.
 */
export type Signal = 'present' | 'gone' | 'between' | 'unknown';

/**
 * A condition that is raised after it was present for some time, and resolved after it was gone for some time. Plain
 * data: the memory between two readings.
 */
export type Condition = {
  readonly isRaised: boolean;
  /**
   * Monotonic ms at which it became true, not at which it was raised, moved forward by the time in which nothing was read;
   * null while it is not raised.
   */
  readonly sinceMs: number | null;
  /** How long the change to the other state has been confirmed so far. */
  readonly confirmedMs: number;
  /** The newest signal and its monotonic time; null before the first one. */
  readonly last: {readonly signal: Signal; readonly atMs: number} | null;
};

/** Nothing read yet. */
export const unseenCondition: Condition = {
  isRaised: false,
  sinceMs: null,
  confirmedMs: 0,
  last: null,
};

/** How long a signal must persist before the condition changes; 0 changes at the first one. */
export type HoldTimes = {readonly raiseAfterMs: number; readonly resolveAfterMs: number};

/**
 * Two signals further apart than this prove nothing about the time between: this process may have been stopped. Unlike
 * the time of a stall, which counters prove, none of such a gap counts: a queue may have been empty in it. Signals come once
 * a second, also the ones that say `unknown`.
 */
export const LONGEST_SIGNAL_GAP_MS = 5_000;

/**
 * The condition after one more signal at `atMs` (monotonic). Only time between two consecutive signals that agree
 * counts; `unknown` and a gap add nothing and take nothing away; any other signal starts the count again. So a raised
 * condition stays raised for at least `resolveAfterMs`, and a resolved one stays resolved for at least `raiseAfterMs`.
 */
export function withSignal(condition: Condition, signal: Signal, atMs: number, holdTimes: HoldTimes): Condition {
  const last = {signal, atMs};
  const {isRaised} = condition;
  const sinceMs = condition.sinceMs === null ? null : condition.sinceMs + unreadMs(condition, signal, atMs);
  if (signal === 'unknown') return {...condition, sinceMs, last};
  if (signal !== (isRaised ? 'gone' : 'present')) return {isRaised, sinceMs, confirmedMs: 0, last};
  const confirmedMs = condition.confirmedMs + agreedMs(condition, signal, atMs);
  if (confirmedMs < (isRaised ? holdTimes.resolveAfterMs : holdTimes.raiseAfterMs)) {
    return {isRaised, sinceMs, confirmedMs, last};
  }
  // Time in which nothing was read is not part of it.
  return {isRaised: !isRaised, sinceMs: isRaised ? null : atMs - confirmedMs, confirmedMs: 0, last};
}

/** Time since the signal before, if nothing is known about it. */
function unreadMs({last}: Condition, signal: Signal, atMs: number): number {
  if (last === null) return 0;
  const elapsedMs = Math.max(0, atMs - last.atMs);
  return signal === 'unknown' || elapsedMs > LONGEST_SIGNAL_GAP_MS ? elapsedMs : 0;
}

/** Time since the signal before, if it was the same one and not too long ago. */
function agreedMs({last}: Condition, signal: Signal, atMs: number): number {
  if (last === null || last.signal !== signal) return 0;
  const elapsedMs = atMs - last.atMs;
  return elapsedMs > 0 && elapsedMs <= LONGEST_SIGNAL_GAP_MS ? elapsedMs : 0;
}

/** Thresholds of a measured value: present at or above `raiseAt`, gone at or below `resolveAt`, which is lower. */
export type ValueThresholds = {readonly raiseAt: number; readonly resolveAt: number};

/** What a measured value says. */
export function signalOf(value: Reading<number>, {raiseAt, resolveAt}: ValueThresholds): Signal {
  if (isAbsent(value) || Number.isNaN(value)) return 'unknown';
  if (value >= raiseAt) return 'present';
  return value <= resolveAt ? 'gone' : 'between';
}
