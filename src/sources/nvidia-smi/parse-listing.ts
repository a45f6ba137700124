import type {GpuSample, MigInstanceSample} from '../../samples/gpu.ts';
import {absent} from '../../samples/reading.ts';
import {buildGpu} from './build-gpu.ts';

const cardLine = /^GPU (\d+): (.+?) \(UUID: (GPU-[0-9a-fA-F-]+)\)/;
const migLine = /^\s+MIG (\S+)\s+Device\s+(\d+):/;

/** Cards and MIG devices of `nvidia-smi -L`, which has names and identities and no numbers. Null when it is none. */
export function parseListing(text: string): readonly GpuSample[] | null {
  const cards: {cells: Record<string, string>; mig: MigInstanceSample[]}[] = [];
  for (const line of text.split(/\r?\n/)) {
    const card = cardLine.exec(line);
    if (card !== null) {
      cards.push({cells: {index: card[1] ?? '', name: card[2] ?? '', uuid: card[3] ?? ''}, mig: []});
    } else if (migLine.test(line)) {
      cards.at(-1)?.mig.push(migInstance);
    }
  }
  if (cards.length === 0) return null;
  return cards.map(({cells, mig}, position) => buildGpu(cells, position, mig));
}

const notListed = absent('a listing has no numbers');
const migInstance: MigInstanceSample = {
  gpuInstanceId: notListed,
  computeInstanceId: notListed,
  memoryTotalBytes: notListed,
  memoryUsedBytes: notListed,
  memoryFreeBytes: notListed,
};
