import type {GpuSample} from '../../../samples/gpu.ts';
import {isPresent} from '../../../samples/reading.ts';
import {isSameCard} from '../details/card-details.ts';

/** The index that nvidia-smi gives the GPU at an address, or gave it last: the kernel names GPUs by their address alone. */
export type KnownCard = {readonly pciBusId: string; readonly index: number};

/**
 * What is known after one more list of the GPUs. One that is missing there keeps the index it had, unless another GPU has that
 * index now: then the driver has numbered them again. The same list where nothing changes.
 */
export function knownCardsAfter(
  known: readonly KnownCard[],
  gpus: readonly Pick<GpuSample, 'index' | 'pciBusId'>[],
): readonly KnownCard[] {
  const listed = gpus.flatMap(({index, pciBusId}) => (isPresent(pciBusId) ? [{pciBusId, index}] : []));
  const isKnown = (one: KnownCard): boolean =>
    known.some(({index, pciBusId}) => index === one.index && pciBusId === one.pciBusId);
  if (listed.every(isKnown)) return known;
  const indexes = new Set(gpus.map(({index}) => index));
  const addresses = new Set(listed.map(({pciBusId}) => pciBusId));
  return [...listed, ...known.filter(({index, pciBusId}) => !indexes.has(index) && !addresses.has(pciBusId))];
}

/** The index of the GPU at an address, however that is written; null if none, or more than one, may be meant. */
export function indexOfCard(known: readonly KnownCard[], pciBusId: string): number | null {
  const named = {index: null, pciBusId, uuid: null};
  const [found, other] = known.filter((card) => isSameCard({...card, uuid: null}, named) === true);
  return found === undefined || other !== undefined ? null : found.index;
}
