import type {GpuFrame, GpuSample} from '../../../samples/gpu.ts';
import {isPresent} from '../../../samples/reading.ts';

/** Whole frames in a row without a GPU, before the driver is asked for it separately. */
const FRAMES_UNTIL_DOUBT = 3;
/** Frames without a GPU are held back at most this long: then they are passed on, without a claim about that GPU. */
const LONGEST_HOLD_MS = 30_000;

type Gap = {
  /** Whole frames in a row without it. */
  readonly frames: number;
  readonly sinceMs: number;
  /** True once a separate query did not list it either. */
  readonly isConfirmed: boolean;
};

/**
 * Which GPUs are missing: those absent from several whole frames in a row and from a separate query made after that.
 * Frames with an unconfirmed gap are held back, so that nobody plans or judges with a GPU too few.
 */
export class CardPresence {
  #gaps: ReadonlyMap<number, Gap> = new Map();
  /** Index and uuid of every GPU that a frame had. */
  readonly #indexes = new Map<string, number>();

  /** Takes a whole frame; returns it with the confirmed gaps only, or null while it is held back. */
  take(frame: GpuFrame, nowMs: number): GpuFrame | null {
    for (const {index, uuid} of frame.gpus) if (isPresent(uuid)) this.#indexes.set(uuid, index);
    this.#gaps = new Map(
      frame.missingIndexes.map((index) => {
        const {frames, sinceMs, isConfirmed} = this.#gaps.get(index) ?? {frames: 0, sinceMs: nowMs, isConfirmed: false};
        return [index, {frames: frames + 1, sinceMs, isConfirmed}];
      }),
    );
    const isHeld = [...this.#gaps.values()].some(
      ({isConfirmed, sinceMs}) => !isConfirmed && nowMs - sinceMs < LONGEST_HOLD_MS,
    );
    return isHeld ? null : {...frame, missingIndexes: this.missing};
  }

  /** Another stream begins: its frames are counted from zero, what was confirmed holds until a frame has the GPU. */
  restart(): void {
    this.#gaps = new Map([...this.#gaps].map(([index, gap]) => [index, {...gap, frames: 0}]));
  }

  /** The confirmed ones. */
  get missing(): readonly number[] {
    return [...this.#gaps].filter(([, {isConfirmed}]) => isConfirmed).map(([index]) => index);
  }

  /** True while a separate query is needed. */
  get isInDoubt(): boolean {
    return [...this.#gaps.values()].some(({frames, isConfirmed}) => !isConfirmed && frames >= FRAMES_UNTIL_DOUBT);
  }

  /**
   * Takes the answer of a separate query. True if it lists a GPU that the frames lack: the stream does not see it, and
   * another one will.
   */
  confirm(present: ReadonlySet<number>): boolean {
    this.#gaps = new Map(
      [...this.#gaps].map(([index, gap]) => {
        const isGone = !present.has(index) && gap.frames >= FRAMES_UNTIL_DOUBT;
        return [index, {...gap, isConfirmed: gap.isConfirmed || isGone}];
      }),
    );
    return [...this.#gaps.keys()].some((index) => present.has(index));
  }

  /** GPUs of a document without indexes, which numbers past a missing one: with the index that frames give them. */
  numbered(gpus: readonly GpuSample[]): readonly GpuSample[] {
    return gpus.map((gpu) => {
      const index = isPresent(gpu.uuid) ? this.#indexes.get(gpu.uuid) : undefined;
      return index === undefined ? gpu : {...gpu, index};
    });
  }
}
