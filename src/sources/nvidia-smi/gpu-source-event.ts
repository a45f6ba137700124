import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuFrame, GpuInventory, GpuProcessList} from '../../samples/gpu.ts';
import type {Stamp} from '../../samples/stamp.ts';

/** What the source of the GPUs reports. */
export type GpuSourceEvent =
  | {readonly type: 'frame'; readonly frame: GpuFrame}
  | {readonly type: 'inventory'; readonly inventory: GpuInventory}
  | ({readonly type: 'processes'; readonly stamp: Stamp} & GpuProcessList)
  /** All current problems; replaces the previous list. Empty: healthy. */
  | {readonly type: 'findings'; readonly findings: readonly Finding[]}
  /** No complete frame for three intervals; `sinceMs` is the monotonic time of the last one, or of the start. */
  | {readonly type: 'stale'; readonly sinceMs: number};
