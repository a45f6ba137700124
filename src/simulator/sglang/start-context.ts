import type {CardUse} from '../process/card-use.ts';
import type {SglangMemory} from './memory-layout.ts';
import type {SglangOptions} from './options.ts';

/** What a start is made from. `fail` ends it. */
export type SglangStart = {
  readonly options: SglangOptions;
  readonly memory: SglangMemory;
  readonly cards: CardUse;
  readonly speed: number;
  readonly gpuCount: number;
  /** What others hold of the fullest card. */
  readonly heldByOthersBytes: number;
  /** /dev/shm has no room for what NCCL shares between the schedulers. */
  readonly isSharedMemoryFull: boolean;
  readonly openPort: () => void;
  readonly fail: () => void;
};
