import type {GpuProcessSample, GpuSample} from '../../samples/gpu.ts';
import {isPresent} from '../../samples/reading.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';

/** A process on a GPU holds hundreds of MiB there; drivers move less by themselves. */
const MOVED_BYTES = 32 * BYTES_PER_MIB;
const DEFAULT_EVERY_MS = 4_000;
/** How many times rarer the list is read while nothing moves. */
const RARER = 4;

/**
 * When the processes on the GPUs are read: at the given pace while the list or the memory in use changes, which every process that
 * comes or goes does to it, and four times rarer otherwise. Each reading starts a program, for which the driver opens every GPU.
 */
export class ProcessPace {
  readonly everyMs: number;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #list: string | null = null;
  #isSame = false;
  #usedAtRead: readonly (number | null)[] | null = null;
  #used: readonly (number | null)[] | null = null;

  constructor(everyMs = DEFAULT_EVERY_MS) {
    this.everyMs = everyMs;
  }

  /** When the next reading is due, by what is known now, monotonic ms. */
  get dueMs(): number {
    return this.#readAtMs + (this.#isSame && !this.#hasMoved() ? RARER * this.everyMs : this.everyMs);
  }

  /** True if this frame makes the next reading due earlier. */
  onFrame({gpus}: {readonly gpus: readonly Pick<GpuSample, 'memoryUsedBytes'>[]}): boolean {
    const before = this.dueMs;
    this.#used = gpus.map(({memoryUsedBytes}) => (isPresent(memoryUsedBytes) ? memoryUsedBytes : null));
    return this.dueMs < before;
  }

  /** A reading begins. */
  begin(nowMs: number): void {
    this.#readAtMs = nowMs;
    this.#usedAtRead = this.#used;
  }

  /** What it found; null for a list that could not be read. */
  end(processes: readonly GpuProcessSample[] | null): void {
    const list = processes === null ? null : processes.map(({gpuUuid, pid}) => `${gpuUuid} ${pid}`).join();
    this.#isSame = list !== null && list === this.#list;
    this.#list = list;
  }

  #hasMoved(): boolean {
    const [before, now] = [this.#usedAtRead, this.#used];
    if (before === null || now === null) return before !== now;
    if (before.length !== now.length) return true;
    return now.some((used, index) => {
      const earlier = before[index] ?? null;
      // Memory that no frame has (MIG) may have moved.
      return used === null || earlier === null || Math.abs(used - earlier) >= MOVED_BYTES;
    });
  }
}
