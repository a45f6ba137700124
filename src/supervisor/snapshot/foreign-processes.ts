import type {GpuView} from '../../api/snapshot.ts';
import {withDetails} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {gibText} from '../../shared/quantities/bytes.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';

/** Smaller use is a display server or a monitor, and not reported. */
const LEAST_REPORTED_BYTES = 256 * BYTES_PER_MIB;

/** Memory of a GPU used by processes that are not part of the engine, bytes. */
export function foreignBytes({processes}: Pick<GpuView, 'processes'>): number {
  if (isAbsent(processes)) return 0;
  return processes.reduce((sum, {isOwn, usedBytes}) => sum + (!isOwn && isPresent(usedBytes) ? usedBytes : 0), 0);
}

/** A finding for each process that uses GPU memory and is not part of the engine; reported, never killed. */
export function foreignProcessFindings(gpus: readonly GpuView[]): Finding[] {
  const holders = new Map<number, {name: string | null; bytes: number; planned: number | null; indexes: number[]}>();
  const isPlanned = gpus.some(({budget}) => isPresent(budget));
  for (const {index, processes, budget} of gpus) {
    if (isAbsent(processes)) continue;
    for (const {pid, name, usedBytes, isOwn} of processes) {
      if (isOwn || isAbsent(usedBytes)) continue;
      const planned = isPlanned ? 0 : null;
      const holder = holders.get(pid) ?? {name: isAbsent(name) ? null : name, bytes: 0, planned, indexes: []};
      holder.bytes += usedBytes;
      if (holder.planned !== null && isPresent(budget)) holder.planned += usedBytes;
      holder.indexes.push(index);
      holders.set(pid, holder);
    }
  }
  return [...holders].flatMap(([pid, {name, bytes, planned, indexes}]) => {
    if (bytes < LEAST_REPORTED_BYTES) return [];
    const cards = indexes.length === 1 ? `GPU ${indexes[0]}` : `GPUs ${indexes.join(', ')}`;
    return [
      {
        ...withDetails('gpu.foreign-process', {
          pid,
          name,
          usedBytes: bytes,
          gpuIndexes: indexes,
          plannedBytes: planned,
        }),
        severity: 'warning',
        message: `${name ?? 'unknown'} (pid ${pid}) uses ${gibText(bytes)} of ${cards} and is not part of the engine.`,
        evidence: null,
        remedy: 'End it if it is not needed: the next start needs that memory.',
        settingsChange: null,
      },
    ];
  });
}
