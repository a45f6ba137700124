import {isAbsent, isPresent, type Reading, valueOrNull} from '../../../samples/reading.ts';
import {gibText} from '../../../shared/quantities/bytes.ts';
import {roughDurationText} from '../../../shared/quantities/durations.ts';
import {MS_PER_HOUR} from '../../../shared/units.ts';
import type {PlanComparison} from '../../memory/plan/beyond-plan.ts';
import {adviceOf} from '../cure.ts';
import {type DetailsOf, withDetails} from '../details/details.ts';
import type {Finding} from '../finding.ts';
import type {GrowingGpu} from './memory-growth.ts';
import type {EndedGrowth} from './run-growth.ts';

/** A GPU now: what is in use and free, and what is in use beyond the plan. */
export type GpuNow = {
  readonly index: number;
  readonly memoryUsedBytes: Reading<number>;
  readonly memoryFreeBytes: Reading<number>;
  readonly processes: Reading<readonly {readonly isOwn: boolean; readonly usedBytes: Reading<number>}[]>;
  /** Absent without a plan. */
  readonly budget: Reading<PlanComparison>;
};

type GrowingDetails = DetailsOf<'gpu.memory-growing'>['gpus'][number];

/** The end is near enough to act now. */
const URGENT_MS = MS_PER_HOUR / 2;

/** GPU memory that grows while the engine serves; `growing` has at least one GPU. */
export function memoryGrowthFinding(growing: readonly GrowingGpu[], gpus: readonly GpuNow[]): Finding[] {
  const held = growing.filter((gpu) => !isFreed(gpu, gpus));
  const all = held.map((gpu) => detailsOfGpu(gpu, gpus)).toSorted((a, b) => leftMs(a) - leftMs(b));
  const [first] = all;
  if (first === undefined) return [];
  const cards = all.length === 1 ? `GPU ${first.index}` : `${all.length} GPUs`;
  const isOthers = first.grower === 'other-programs';
  const grower = isOthers ? 'by other programs ' : first.grower === 'engine' ? 'by the engine ' : '';
  return [
    {
      ...withDetails('gpu.memory-growing', {gpus: all}),
      severity: leftMs(first) < URGENT_MS ? 'critical' : 'warning',
      message: `Memory in use ${grower}on ${cards} grows by ${gibText(first.bytesPerHour)} per hour${endText(first, all.length)}.`,
      evidence: evidenceOf(first),
      remedy: isOthers
        ? 'Stop the other program, or end what makes it grow: gantry gpus lists the processes.'
        : `Restart the engine${first.fullInMs === null ? '' : ' before then'}, at a quiet time: gantry restart --drain 60s. The engine fails when no memory is free.`,
      settingsChange: null,
      cure: adviceOf(isOthers ? 'other-programs' : 'restart'),
    },
  ];
}

/** Most of what grew is free again: its process has exited, and nothing is full soon. */
function isFreed({index, usedBytes}: GrowingGpu, gpus: readonly GpuNow[]): boolean {
  const now = valueOrNull(gpus.find((gpu) => gpu.index === index)?.memoryUsedBytes);
  return now !== null && now < usedBytes / 2;
}

function detailsOfGpu(gpu: GrowingGpu, gpus: readonly GpuNow[]): GrowingDetails {
  const now = gpus.find(({index}) => index === gpu.index);
  const freeBytes = valueOrNull(now?.memoryFreeBytes);
  return {
    ...gpu,
    freeBytes,
    fullInMs: freeBytes === null || gpu.bytesPerHour <= 0 ? null : (freeBytes / gpu.bytesPerHour) * MS_PER_HOUR,
    unplannedBytes: now === undefined ? null : unplannedBytes(now),
  };
}

function unplannedBytes({budget}: GpuNow): number | null {
  return isAbsent(budget) || isAbsent(budget.unexplainedBytes) ? null : budget.unexplainedBytes - budget.reserveBytes;
}

function leftMs({fullInMs}: GrowingDetails): number {
  return fullInMs ?? Number.POSITIVE_INFINITY;
}

function endText({fullInMs, index}: GrowingDetails, count: number): string {
  if (fullInMs === null) return '';
  return `; ${count === 1 ? 'it' : `GPU ${index}`} is full in ${roughDurationText(fullInMs)}`;
}

function evidenceOf({index, spanMs, unplannedBytes, freeBytes}: GrowingDetails): string {
  return [
    `GPU ${index}, measured over ${roughDurationText(spanMs)}`,
    ...(freeBytes === null ? [] : [`${gibText(freeBytes)} free`]),
    ...(unplannedBytes === null || unplannedBytes <= 0 ? [] : [`${gibText(unplannedBytes)} beyond the plan`]),
  ].join('; ');
}

/**
 * GPUs that use clearly more than planned, as soon as they do: whether it grows is known only minutes later. A warning
 * once less is free than they use beyond the plan. `indexes`: those of these GPUs.
 */
export function beyondPlanFinding(gpus: readonly GpuNow[], indexes: ReadonlySet<number>): Finding[] {
  const beyond = gpus
    .filter(({index}) => indexes.has(index))
    .flatMap((gpu) => {
      const {index, memoryUsedBytes, memoryFreeBytes, processes} = gpu;
      const beyondBytes = unplannedBytes(gpu);
      if (beyondBytes === null || beyondBytes <= 0 || !isPresent(memoryUsedBytes)) return [];
      return [
        {
          index,
          usedBytes: memoryUsedBytes,
          beyondBytes,
          owner: ownerOf(processes),
          freeBytes: valueOrNull(memoryFreeBytes),
        },
      ];
    })
    .toSorted((a, b) => b.beyondBytes - a.beyondBytes);
  const [most] = beyond;
  if (most === undefined) return [];
  const {index, usedBytes, beyondBytes, freeBytes} = most;
  const isOwn = beyond.every(({owner}) => owner === 'engine');
  const isLittleLeft = beyond.some((gpu) => gpu.freeBytes !== null && gpu.freeBytes < gpu.beyondBytes);
  const free = freeBytes === null ? '' : `, ${gibText(freeBytes)} free`;
  const which = beyond.length === 1 ? `GPU ${index} uses` : `${beyond.length} GPUs use`;
  const amount = beyond.length === 1 ? gibText(beyondBytes) : `up to ${gibText(beyondBytes)}`;
  return [
    {
      ...withDetails('gpu.memory-beyond-plan', {gpus: beyond}),
      severity: isLittleLeft ? 'warning' : 'info',
      message: `${which} ${amount} more memory than planned (GPU ${index}: ${gibText(usedBytes)} in use${free}).${isOwn ? '' : ` ${OWNER_UNKNOWN}`}`,
      evidence: null,
      remedy: isLittleLeft
        ? `${isOwn ? '' : `${FIND_OWNER} `}Restart the engine at a quiet time (gantry restart --drain 60s) if ${isOwn ? 'it' : 'its memory'} grows: the engine fails when no memory is free.`
        : 'If it grows, Gantry reports how fast after some minutes. If it stays the same, nothing needs to be done.',
      settingsChange: null,
    },
  ];
}

/** The engine's only if the driver lists the engine, with the memory of each process: then other programs are known too. */
function ownerOf(processes: GpuNow['processes']): 'engine' | 'unknown' {
  if (isAbsent(processes)) return 'unknown';
  const areCounted = processes.every(({usedBytes}) => isPresent(usedBytes));
  return areCounted && processes.some(({isOwn}) => isOwn) ? 'engine' : 'unknown';
}

/** A run of the engine used more and more memory until it ended; `gpus` has at least one. */
export function memoryGrewFinding(gpus: EndedGrowth['gpus']): Finding {
  const [most] = gpus;
  const isOwn = gpus.every(({grower}) => grower === 'engine');
  const where = gpus.length === 1 ? '' : ` on ${gpus.length} GPUs`;
  const grown =
    most === undefined
      ? ''
      : `: on GPU ${most.index} from ${gibText(most.fromBytes)} to ${gibText(most.toBytes)}, in ${roughDurationText(most.spanMs)}`;
  return {
    ...withDetails('gpu.memory-grew', {gpus: [...gpus]}),
    severity: 'warning',
    message: isOwn
      ? `The engine that crashed had used more and more GPU memory${where} until it ran out${grown}.`
      : `More and more GPU memory was in use${where} until the engine ran out of it${grown}. ${OWNER_UNKNOWN}`,
    evidence: null,
    remedy: `${isOwn ? 'The' : `${FIND_OWNER} The`} engine may leak memory, or its load may have grown. Restart it at a quiet time before it runs out again (gantry restart --drain 60s). If it grows under the same load, look for a version that does not.`,
    settingsChange: null,
    cure: adviceOf('installation'),
  };
}

const OWNER_UNKNOWN = 'nvidia-smi does not list the processes of the engine, so it may be memory of other programs.';
const FIND_OWNER = 'Look outside the container with nvidia-smi which process uses it.';
