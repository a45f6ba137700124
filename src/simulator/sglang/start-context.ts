import type {CardUse} from '../process/card-use.ts';
import type {SglangMemory} from './memory-layout.ts';
import type {SglangOptions} from './options.ts';

/** Dependencies of a start. `fail` ends it. */
export type SglangStart = {
  readonly options: SglangOptions;
  readonly memory: SglangMemory;
  readonly cards: CardUse;
  readonly speed: number;
  readonly gpuCount: number;
  /** Memory of the fullest card used by others. */
  readonly heldByOthersBytes: number;
  /** /dev/shm has no space for the segments that NCCL shares between the schedulers. */
  readonly isSharedMemoryFull: boolean;
  readonly openPort: () => Promise<void>;
  readonly fail: () => void;
};
