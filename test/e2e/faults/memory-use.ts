import type {Snapshot} from '../../../src/api/snapshot.ts';

const usedGib = ({gpus}: Snapshot): number =>
  Math.max(...gpus.map(({memoryUsedBytes}) => (typeof memoryUsedBytes === 'number' ? memoryUsedBytes : 0))) / 2 ** 30;

/** True when no GPU holds more than a driver's own memory. */
export const isFree = (snapshot: Snapshot): boolean => usedGib(snapshot) < 1;
