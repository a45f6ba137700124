import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuSample} from '../../samples/gpu.ts';
import {isPresent} from '../../samples/reading.ts';
import {slowPcieFinding} from './problems/link-findings.ts';

/** Utilization from which on a GPU has its link at full speed: idle ones reduce its generation to save power. */
const BUSY_RATIO = 0.5;

/** The links of the GPUs to the host, and what is remembered of them between two readings. */
export class PcieLinks {
  /** By UUID: what the last two readings of a busy GPU found, the newest first. */
  readonly #slow = new Map<string, readonly (Finding | null)[]>();

  /** What is wrong with the links of these GPUs, which have just been read. */
  findings(gpus: readonly GpuSample[]): readonly Finding[] {
    for (const gpu of gpus) {
      const isBusy = isPresent(gpu.utilizationRatio) && gpu.utilizationRatio >= BUSY_RATIO;
      if (!isBusy || !isPresent(gpu.uuid)) continue;
      const [before = null] = this.#slow.get(gpu.uuid) ?? [];
      this.#slow.set(gpu.uuid, [slowPcieFinding(gpu), before]);
    }
    // A link takes a moment to reach its speed after load begins: one slow reading says nothing.
    return gpus.flatMap(({uuid}) => {
      const [newest = null, before = null] = (isPresent(uuid) ? this.#slow.get(uuid) : undefined) ?? [];
      return newest === null || before === null ? [] : [newest];
    });
  }
}
