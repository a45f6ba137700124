import {type Reading, valueOrNull} from '../../../samples/reading.ts';
import {gibText} from '../../../shared/quantities/bytes.ts';
import {roughDurationText} from '../../../shared/quantities/durations.ts';
import {MS_PER_HOUR} from '../../../shared/units.ts';
import {adviceOf} from '../cure.ts';
import {type DetailsOf, withDetails} from '../details/details.ts';
import type {Finding} from '../finding.ts';
import type {GrowingGpu} from './memory-growth.ts';

/** A GPU now: what is free, and what is in use beyond the plan. */
export type GpuNow = {
  readonly index: number;
  readonly memoryFreeBytes: Reading<number>;
  readonly unplannedBytes: Reading<number>;
};

type GrowingDetails = DetailsOf<'gpu.memory-growing'>['gpus'][number];

/** The end is near enough to act now. */
const URGENT_MS = MS_PER_HOUR / 2;

/** GPU memory that grows while the engine serves; `growing` has at least one GPU. */
export function memoryGrowthFinding(growing: readonly GrowingGpu[], gpus: readonly GpuNow[]): Finding[] {
  const all = growing.map((gpu) => detailsOfGpu(gpu, gpus)).toSorted((a, b) => leftMs(a) - leftMs(b));
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
        : `Restart the engine${first.fullInMs === null ? '' : ' before then'}, at a quiet time: gantry restart --drain 60s. It fails when no memory is free.`,
      settingsChange: null,
      cure: adviceOf(isOthers ? 'other-programs' : 'restart'),
    },
  ];
}

function detailsOfGpu(gpu: GrowingGpu, gpus: readonly GpuNow[]): GrowingDetails {
  const now = gpus.find(({index}) => index === gpu.index);
  const freeBytes = valueOrNull(now?.memoryFreeBytes);
  return {
    ...gpu,
    freeBytes,
    fullInMs: freeBytes === null || gpu.bytesPerHour <= 0 ? null : (freeBytes / gpu.bytesPerHour) * MS_PER_HOUR,
    unplannedBytes: valueOrNull(now?.unplannedBytes),
  };
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
