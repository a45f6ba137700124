import {MS_PER_MINUTE} from '../../shared/units.ts';

/** How often old points are deleted. */
const PRUNE_EVERY_MS = 10 * MS_PER_MINUTE;
/** Samples arrive every second: a larger step is a clock that was set, or a host that slept. */
const LONGEST_STEP_MS = 15 * MS_PER_MINUTE;
/**
 * For so long the clock must have gone on before it may say what is old: one that is a month ahead for some minutes, until the
 * host has asked a time server, would delete all that is kept.
 */
const STEADY_MS = 20 * MS_PER_MINUTE;

/** When old points are deleted. */
export class PruneSchedule {
  #sampledAtMs: number | null = null;
  #steadySinceMs = 0;
  #prunedAtMs: number | null = null;

  /** Of every sample, its time by the wall clock. */
  sampled(atMs: number): void {
    const stepMs = this.#sampledAtMs === null ? null : atMs - this.#sampledAtMs;
    if (stepMs === null || stepMs < 0 || stepMs > LONGEST_STEP_MS) this.#steadySinceMs = atMs;
    this.#sampledAtMs = atMs;
  }

  isDue(atMs: number): boolean {
    if (atMs - this.#steadySinceMs < STEADY_MS) return false;
    return this.#prunedAtMs === null || Math.abs(atMs - this.#prunedAtMs) >= PRUNE_EVERY_MS;
  }

  pruned(atMs: number): void {
    this.#prunedAtMs = atMs;
  }
}
