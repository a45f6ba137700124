import {MS_PER_DAY} from '../../../shared/units.ts';
import {MOST_PER_SECOND} from '../physical-limits.ts';
import type {CounterName} from './sample-counters.ts';

/** A growth that no node can have had: it is in no rate, no cost and no history. */
export type CounterJump = {
  readonly counter: CounterName;
  readonly growth: number;
  /** Time in which it grew; null if the counter was not read before by this supervisor. */
  readonly elapsedMs: number | null;
  /** What would have been possible in this time. */
  readonly most: number;
};

/** An engine that is read for the first time may have served for so long; an earlier supervisor may be gone for a day. */
const LONGEST_UNREAD_MS = 30 * MS_PER_DAY;
/** Engines count in bursts: a prompt is counted as a whole. */
const LEAST_SECONDS = 1;

/** The growth of a counter as a jump, if it is more than any node does in this time; otherwise null. */
export function jumpOf(counter: CounterName, growth: number, elapsedMs: number | null): CounterJump | null {
  const seconds = Math.max(LEAST_SECONDS, (elapsedMs ?? LONGEST_UNREAD_MS) / 1_000);
  const most = seconds * mostPerSecond(counter);
  return growth > most ? {counter, growth, elapsedMs, most} : null;
}

function mostPerSecond(counter: CounterName): number {
  if (counter === 'generationTokensTotal' || counter === 'liveGenerationTokensTotal')
    return MOST_PER_SECOND.generationTokens;
  return counter.startsWith('finished:') ? MOST_PER_SECOND.events : MOST_PER_SECOND.promptTokens;
}
