import {describe, expect, test} from 'vitest';
import {cardByName, estimateCudaVisibleBytes, observedCard} from '../../../src/domain/memory/cards.ts';
import {BYTES_PER_GB, BYTES_PER_GIB, BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {catalogCard} from './plan-samples.ts';

// nvidia-smi's MiB and torch's GiB as published for each card; GB and GiB follow.
test.each([
  ['NVIDIA H100 80GB HBM3', 81_559, 85.52, 79.65],
  ['NVIDIA H200', 143_771, 150.75, 140.4],
  ['NVIDIA B200', 183_359, 192.27, 179.06],
  ['NVIDIA B300 SXM6 AC', 275_040, 288.4, 268.59],
])('%s shows %d MiB: %d decimal GB, %d GiB', (name, mib, gb, gib) => {
  const {nvmlBytes} = catalogCard(name);
  expect(nvmlBytes).toBe(mib * BYTES_PER_MIB);
  expect(nvmlBytes / BYTES_PER_GB).toBeCloseTo(gb, 2);
  expect(nvmlBytes / BYTES_PER_GIB).toBeCloseTo(gib, 2);
});

test.each([
  ['NVIDIA H100 80GB HBM3', 79.18],
  ['NVIDIA H100 NVL', 93.1],
  ['NVIDIA H200', 139.81],
  ['NVIDIA B200', 178.35],
  ['NVIDIA B300 SXM6 AC', 267.69],
  ['NVIDIA RTX PRO 6000 Blackwell Server Edition', 94.97],
])('CUDA sees %s as torch prints it: %d GiB', (name, torchGib) => {
  expect(Math.abs(catalogCard(name).cudaVisibleBytes / BYTES_PER_GIB - torchGib)).toBeLessThan(0.01);
});

test.each([
  'NVIDIA A100-SXM4-80GB',
  'NVIDIA A100 80GB PCIe',
  'NVIDIA H100 PCIe',
  'NVIDIA H200 NVL',
  'NVIDIA GH200 480GB',
  'NVIDIA GB200',
  'NVIDIA L40S',
])('%s is known under the name nvidia-smi prints', (name) => {
  expect(cardByName(name)).toBeDefined();
});

test.each(['NVIDIA A100-SXM4-64GB', 'Tesla T4', 'NVIDIA GeForce RTX 4080', 'NVIDIA H100 96GB', ''])(
  '%j is not mistaken for a card of the catalog',
  (name) => {
    expect(cardByName(name)).toBeUndefined();
  },
);

test('a card whose CUDA total is not published says that it is estimated', () => {
  expect(cardByName('NVIDIA H20')?.source).toContain('estimated');
});

describe('a card of this host', () => {
  test('keeps its own total, less what CUDA cannot use', () => {
    const card = observedCard('NVIDIA H200', 143_771 * BYTES_PER_MIB, 610 * BYTES_PER_MIB);
    expect(card.cudaVisibleBytes).toBe((143_771 - 606) * BYTES_PER_MIB);
  });

  test('that is a slice of the named card is not mistaken for the complete one', () => {
    const card = observedCard('NVIDIA H200', 71_680 * BYTES_PER_MIB, 300 * BYTES_PER_MIB);
    expect(card.cudaVisibleBytes).toBe((71_680 - 300) * BYTES_PER_MIB);
  });

  test('that is unknown is estimated from what nvidia-smi calls reserved', () => {
    expect(observedCard('NVIDIA X1', 1000 * BYTES_PER_MIB, 7 * BYTES_PER_MIB).cudaVisibleBytes).toBe(
      993 * BYTES_PER_MIB,
    );
  });
});

test('without a reserved size the estimate never exceeds what torch shows for a known card', () => {
  for (const name of ['NVIDIA H100 80GB HBM3', 'NVIDIA H200', 'NVIDIA B200', 'NVIDIA B300 SXM6 AC']) {
    const card = catalogCard(name);
    expect(estimateCudaVisibleBytes(card.nvmlBytes, null)).toBeLessThanOrEqual(card.cudaVisibleBytes);
  }
});
