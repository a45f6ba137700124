import {slotOf} from '../../shared/quantities/moments.ts';
import {type Gap, LONGEST_READ_MS} from './gap-table.ts';
import {type GrowthPart, mergedParts} from './growth-parts.ts';
import {histogramTiers} from './histogram-tiers.ts';

/** Intervals, and gaps, that wait while the disk accepts no writes, an hour of them; what grows later is added to the newest. */
const MAX_WAITING = 360;

/** Growth by intervals of one length, and what is in none of them. */
export type Placed = {readonly slots: Map<number, GrowthPart[]>; readonly gaps: readonly Gap[]};

/** What histograms grew by and is not written yet. */
export class WaitingGrowth {
  /** By the start of the finest interval. */
  readonly #slots = new Map<number, readonly GrowthPart[]>();
  readonly #gaps: Gap[] = [];

  get isEmpty(): boolean {
    return this.#slots.size === 0 && this.#gaps.length === 0;
  }

  /** Growth between two pages of metrics: of the interval in which the later one was read, unless that is too long ago. */
  add(fromMs: number, atMs: number, parts: readonly GrowthPart[]): void {
    if (parts.length === 0) return;
    if (atMs - fromMs > LONGEST_READ_MS) this.#addGap({fromMs, toMs: atMs, parts});
    else this.#addSlot(slotOf(atMs, histogramTiers[0].stepMs), parts);
  }

  clear(): void {
    this.#slots.clear();
    this.#gaps.length = 0;
  }

  /** In intervals of this length: a gap that is within one of them is a part of it. */
  placed(stepMs: number): Placed {
    const slots = new Map<number, GrowthPart[]>();
    const add = (atMs: number, parts: readonly GrowthPart[]): void => {
      const slotMs = slotOf(atMs, stepMs);
      slots.set(slotMs, mergedParts(slots.get(slotMs) ?? [], parts));
    };
    for (const [atMs, parts] of this.#slots) add(atMs, parts);
    const gaps = this.#gaps.filter((gap) => {
      if (slotOf(gap.fromMs, stepMs) !== slotOf(gap.toMs, stepMs)) return true;
      add(gap.toMs, gap.parts);
      return false;
    });
    return {slots, gaps};
  }

  #addSlot(slotMs: number, parts: readonly GrowthPart[]): void {
    const isFull = this.#slots.size >= MAX_WAITING && !this.#slots.has(slotMs);
    const keyMs = isFull ? ([...this.#slots.keys()].at(-1) ?? slotMs) : slotMs;
    this.#slots.set(keyMs, mergedParts(this.#slots.get(keyMs) ?? [], parts));
  }

  #addGap(gap: Gap): void {
    const newest = this.#gaps.length < MAX_WAITING ? undefined : this.#gaps.pop();
    if (newest === undefined) this.#gaps.push(gap);
    else
      this.#gaps.push({
        fromMs: Math.min(newest.fromMs, gap.fromMs),
        toMs: Math.max(newest.toMs, gap.toMs),
        parts: mergedParts(newest.parts, gap.parts),
      });
  }
}

/** Nothing waits. */
export const nothingPlaced: Placed = {slots: new Map(), gaps: []};
