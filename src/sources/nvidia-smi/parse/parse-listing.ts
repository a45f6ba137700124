import type {MigInstanceSample} from '../../../samples/gpu.ts';
import {absent} from '../../../samples/reading.ts';
import type {ParsedCard} from './build-gpu.ts';

const cardLine = /^GPU (\d{1,3}): (.+?) \(UUID: (GPU-[0-9a-fA-F-]+)\)/;
const migLine = /^\s+MIG (\S+)\s+Device\s+(\d+):/;

/** GPUs and MIG devices of `nvidia-smi -L`, which has names and identities but no numbers. Null for other output. */
export function parseListing(text: string): readonly ParsedCard[] | null {
  const cards: {cells: Record<string, string>; migInstances: MigInstanceSample[]}[] = [];
  for (const line of text.split(/\r?\n/)) {
    const card = cardLine.exec(line);
    if (card !== null) {
      const [, index = '', name = '', uuid = ''] = card;
      cards.push({cells: {index, name, uuid}, migInstances: []});
    } else if (migLine.test(line)) {
      cards.at(-1)?.migInstances.push(migInstance);
    }
  }
  return cards.length === 0 ? null : cards;
}

const notListed = absent('a listing has no numbers');
const migInstance: MigInstanceSample = {
  gpuInstanceId: notListed,
  computeInstanceId: notListed,
  memoryTotalBytes: notListed,
  memoryUsedBytes: notListed,
  memoryFreeBytes: notListed,
};
