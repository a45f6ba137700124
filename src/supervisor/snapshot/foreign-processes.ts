import type {GpuView} from '../../api/snapshot.ts';
import {withDetails} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuProcessSample} from '../../samples/gpu.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {gibText} from '../../shared/quantities/bytes.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';

/** Smaller use is a display server or a monitor, and not reported. */
const LEAST_REPORTED_BYTES = 256 * BYTES_PER_MIB;
/** A reported process is reported until its use is below this part of the limit: one near it does not come and go. */
const STILL_REPORTED = 0.8;

/** Processes with enough GPU memory to be reported, of all of them; `before`: those of the list before. */
export function largeHolders(
  processes: readonly Pick<GpuProcessSample, 'pid' | 'usedBytes'>[],
  before: ReadonlySet<number>,
): ReadonlySet<number> {
  const bytes = new Map<number, number>();
  for (const {pid, usedBytes} of processes) {
    bytes.set(pid, (bytes.get(pid) ?? 0) + (isPresent(usedBytes) ? usedBytes : 0));
  }
  const limitOf = (pid: number): number => LEAST_REPORTED_BYTES * (before.has(pid) ? STILL_REPORTED : 1);
  return new Set([...bytes].flatMap(([pid, used]) => (used >= limitOf(pid) ? [pid] : [])));
}

/** Memory of a GPU used by processes that are not part of the engine, bytes. */
export function foreignBytes({processes}: Pick<GpuView, 'processes'>): number {
  if (isAbsent(processes)) return 0;
  return processes.reduce((sum, {isOwn, usedBytes}) => sum + (!isOwn && isPresent(usedBytes) ? usedBytes : 0), 0);
}

/** What the planned start needs of its GPUs. */
export type PlannedUse = {
  /** Bytes that it must find free on each. */
  readonly neededBytes: number;
  /** GPUs of one group of processes with requests of its own. Each group may count its GPUs from zero. */
  readonly gpusPerGroup: number;
};

/** A finding for each of the large processes that is not part of the engine; reported, never killed. */
export function foreignProcessFindings(
  gpus: readonly GpuView[],
  large: ReadonlySet<number>,
  planned: PlannedUse | null,
): Finding[] {
  const holders = new Map<number, {name: string | null; bytes: number; onEngine: number | null; indexes: number[]}>();
  const engineIndexes = gpus.flatMap(({index, budget}) => (isPresent(budget) ? [index] : []));
  for (const {index, processes, budget} of gpus) {
    if (isAbsent(processes)) continue;
    for (const {pid, name, usedBytes, isOwn} of processes) {
      if (isOwn || isAbsent(usedBytes)) continue;
      const onEngine = engineIndexes.length > 0 ? 0 : null;
      const holder = holders.get(pid) ?? {name: isAbsent(name) ? null : name, bytes: 0, onEngine, indexes: []};
      holder.bytes += usedBytes;
      if (holder.onEngine !== null && isPresent(budget)) holder.onEngine += usedBytes;
      holder.indexes.push(index);
      holders.set(pid, holder);
    }
  }
  return [...holders].flatMap(([pid, {name, bytes, onEngine, indexes}]) => {
    if (!large.has(pid)) return [];
    const cards = indexes.length === 1 ? `GPU ${indexes[0]}` : `GPUs ${indexes.join(', ')}`;
    return [
      {
        ...withDetails('gpu.foreign-process', {
          pid,
          name,
          usedBytes: bytes,
          gpuIndexes: indexes,
          cudaNumbers: planned === null ? null : cudaNumbers(indexes, engineIndexes, planned),
          plannedBytes: onEngine,
        }),
        severity: 'warning',
        message: `${name ?? 'unknown'} (pid ${pid}) uses ${gibText(bytes)} of ${cards} and is not part of the engine.`,
        evidence: null,
        remedy: remedyText(indexes, gpus, planned?.neededBytes ?? null),
        settingsChange: null,
      },
    ];
  });
}

/**
 * The numbers of these GPUs in the engine's processes: CUDA counts those that a process sees from zero, all of the engine
 * or those of its group.
 */
function cudaNumbers(
  indexes: readonly number[],
  engineIndexes: readonly number[],
  {gpusPerGroup}: PlannedUse,
): number[] {
  const positions = indexes.map((index) => engineIndexes.indexOf(index)).filter((position) => position >= 0);
  return [...new Set(positions.flatMap((position) => [position, position % gpusPerGroup]))];
}

/** What other programs on these GPUs mean for the next start, which finds the engine's own memory free. */
function remedyText(indexes: readonly number[], gpus: readonly GpuView[], neededBytes: number | null): string {
  const planned = gpus.filter(({index, budget}) => indexes.includes(index) && isPresent(budget));
  if (neededBytes === null) return endIt('the next start may need that memory');
  if (planned.length === 0) return endIt('the engine does not use that GPU');
  const hasRoom = planned.every(
    (gpu) => isPresent(gpu.memoryTotalBytes) && gpu.memoryTotalBytes - foreignBytes(gpu) >= neededBytes,
  );
  return hasRoom ? 'Nothing to do: the next start has room next to it.' : endIt('the next start needs that memory');
}

function endIt(reason: string): string {
  return `End it if it is not needed: ${reason}.`;
}
