import {type CardDetails, cardOf} from '../../../domain/diagnosis/details/card-details.ts';
import type {GpuSample} from '../../../samples/gpu.ts';
import {isPresent} from '../../../samples/reading.ts';

/** How a card is called in sentences, in options of nvidia-smi, and in data. */
export type CardName = {
  /** With its bus address. */
  readonly title: string;
  readonly short: string;
  /** What follows `-i`. */
  readonly selector: string;
  readonly card: CardDetails;
};

/** The name of a card. `isUnplaced`: its index only numbers it in an output that does not tell which one it is. */
export function cardNameOf(gpu: GpuSample, isUnplaced: boolean): CardName {
  const card = cardOf(gpu);
  const {index, uuid, pciBusId} = card;
  if (isUnplaced) {
    const title = `GPU ${uuid ?? pciBusId ?? '?'}`;
    return {title, short: title, selector: uuid ?? pciBusId ?? 'INDEX', card: {...card, index: null}};
  }
  const short = `GPU ${index}`;
  return {title: isPresent(gpu.pciBusId) ? `${short} (${gpu.pciBusId})` : short, short, selector: String(index), card};
}
