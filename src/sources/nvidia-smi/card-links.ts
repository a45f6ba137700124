import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuSample} from '../../samples/gpu.ts';
import {absent, isPresent} from '../../samples/reading.ts';
import {parseNvlinks} from './parse/parse-nvlinks.ts';
import {fewerNvlinks, slowPcieFinding} from './problems/link-findings.ts';
import {type RunOptions, runOnce} from './run-once.ts';

/** Utilization from which on a GPU has its link at full speed: idle ones reduce its generation to save power. */
const BUSY_RATIO = 0.5;

const noNvlink = absent('this GPU has no NVLink');

/** GPUs with their NVLinks, and what is wrong with their links. */
export type LinkedGpus = {
  readonly gpus: readonly GpuSample[];
  readonly findings: readonly Finding[];
  /** Set when the query hangs in the driver and was abandoned; resolves when it exits. */
  readonly stuck: Promise<void> | null;
};

/** The links of the GPUs to the host and to each other, read with each slow query, and what is remembered between two. */
export class CardLinks {
  #hasNvlinks = true;
  /** By UUID: what the last two readings of a busy GPU found, the newest first. */
  readonly #slow = new Map<string, readonly (Finding | null)[]>();

  /** Reads the NVLinks; a node that has none is not asked again. */
  async read(gpus: readonly GpuSample[], executable: string, options: RunOptions): Promise<LinkedGpus> {
    const pcie = this.#pcieFindings(gpus);
    if (!this.#hasNvlinks) return {gpus: gpus.map((gpu) => ({...gpu, nvlinks: noNvlink})), findings: pcie, stuck: null};
    const result = await runOnce(executable, ['nvlink', '--status'], options);
    if (result.kind === 'stuck') return {gpus, findings: pcie, stuck: result.gone};
    if (result.kind !== 'ended' || result.exitCode === null) return {gpus, findings: pcie, stuck: null};
    const links = parseNvlinks(result.stdout);
    const isOfAll = gpus.every(({uuid}) => isPresent(uuid) && result.stdout.includes(`(UUID: ${uuid})`));
    // Anything else is a driver that failed: the next answer may have links.
    if (links.size === 0 && (result.exitCode !== 0 || !isOfAll)) return {gpus, findings: pcie, stuck: null};
    this.#hasNvlinks = links.size > 0;
    const linked = gpus.map((gpu) => ({...gpu, nvlinks: links.get(isPresent(gpu.uuid) ? gpu.uuid : '') ?? noNvlink}));
    return {gpus: linked, findings: [...pcie, ...fewerNvlinks(linked)], stuck: null};
  }

  #pcieFindings(gpus: readonly GpuSample[]): readonly Finding[] {
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
