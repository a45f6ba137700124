import {describe, expect, test} from 'vitest';
import {cardByName, catalogCards, estimateCudaVisibleBytes, observedCard} from '../../../src/domain/memory/cards.ts';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';

test.each([
  ['NVIDIA A100-SXM4-80GB', 'NVIDIA A100-SXM4-80GB', 'ampere', 80, 81_920],
  ['NVIDIA A100 80GB PCIe', 'NVIDIA A100-SXM4-80GB', 'ampere', 80, 81_920],
  ['A100', 'NVIDIA A100-SXM4-80GB', 'ampere', 80, 81_920],
  ['NVIDIA H100 NVL', 'NVIDIA H100 NVL', 'hopper', 94, 95_830],
  ['h100-nvl', 'NVIDIA H100 NVL', 'hopper', 94, 95_830],
  ['H100', 'NVIDIA H100 80GB HBM3', 'hopper', 80, 81_559],
  ['NVIDIA H100 80GB HBM3', 'NVIDIA H100 80GB HBM3', 'hopper', 80, 81_559],
  ['H100-80GB', 'NVIDIA H100 80GB HBM3', 'hopper', 80, 81_559],
  ['NVIDIA H100 PCIe', 'NVIDIA H100 80GB HBM3', 'hopper', 80, 81_559],
  ['H100 SXM5', 'NVIDIA H100 80GB HBM3', 'hopper', 80, 81_559],
  ['H200', 'NVIDIA H200', 'hopper', 141, 143_771],
  ['NVIDIA H200 NVL', 'NVIDIA H200', 'hopper', 141, 143_771],
  ['H200-SXM-141GB', 'NVIDIA H200', 'hopper', 141, 143_771],
  ['NVIDIA H20', 'NVIDIA H20', 'hopper', 96, 97_871],
  ['H20-96GB', 'NVIDIA H20', 'hopper', 96, 97_871],
  ['NVIDIA H20-3e', 'NVIDIA H20-3e', 'hopper', 141, 143_771],
  ['H20-141GB', 'NVIDIA H20-3e', 'hopper', 141, 143_771],
  ['NVIDIA GH200 480GB', 'NVIDIA GH200 480GB', 'hopper', 96, 97_871],
  ['GH200 120GB', 'NVIDIA GH200 480GB', 'hopper', 96, 97_871],
  ['GH200', 'NVIDIA GH200 480GB', 'hopper', 96, 97_871],
  ['b200', 'NVIDIA B200', 'blackwell', 192, 183_359],
  ['NVIDIA B300 SXM6 AC', 'NVIDIA B300 SXM6 AC', 'blackwell', 288, 275_040],
  ['B300', 'NVIDIA B300 SXM6 AC', 'blackwell', 288, 275_040],
  ['NVIDIA GB200', 'NVIDIA GB200', 'blackwell', 192, 189_471],
  ['NVIDIA GB300', 'NVIDIA GB300', 'blackwell', 288, 284_208],
  ['RTX PRO 6000', 'NVIDIA RTX PRO 6000 Blackwell Server Edition', 'blackwell-workstation', 96, 97_887],
  [
    'NVIDIA RTX PRO 6000 Blackwell Workstation Edition',
    'NVIDIA RTX PRO 6000 Blackwell Server Edition',
    'blackwell-workstation',
    96,
    97_887,
  ],
  ['rtx-pro-6000', 'NVIDIA RTX PRO 6000 Blackwell Server Edition', 'blackwell-workstation', 96, 97_887],
  [' NVIDIA L40S ', 'NVIDIA L40S', 'ada', 48, 46_068],
  ['AMD Instinct MI300X', 'AMD Instinct MI300X', 'cdna', 192, 196_608],
  ['MI325X', 'AMD Instinct MI325X', 'cdna', 256, 262_144],
  ['Instinct MI355X', 'AMD Instinct MI355X', 'cdna', 288, 294_912],
])('%s is the card %s', (name, expected, family, gb, mib) => {
  expect(cardByName(name)).toMatchObject({
    name: expected,
    family,
    nominalBytes: gb * 1e9,
    nvmlBytes: mib * BYTES_PER_MIB,
  });
});

test.each([
  ...['NVIDIA A100-SXM4-40GB', 'A100X', 'PG A100-80GB', 'NVIDIA H100 64GB', 'H100 NVL2', 'XH100 NVL', 'GH100', 'H1000'],
  ...[
    'H200E',
    'H200 Ultra',
    'H20-3f',
    'H20E',
    'GH200 144GB',
    'AGH200',
    'GB200X',
    'B2000',
    'XB200',
    'B300 SXM6',
    'XB300',
  ],
  ...[
    'XGB200',
    'GB300 X',
    'XGB300',
    'RTX 6000',
    'RTX PRO 6000X',
    'XRTX PRO 6000',
    'L40',
    'L40SX',
    'XL40S',
    'MI300',
    'MI300A',
  ],
  ...['XMI300X', 'MI300XX', 'MI325', 'MI355', 'GeForce RTX 4090', 'My NVIDIA H200'],
])('%s is not in the catalog', (name) => {
  expect(cardByName(name)).toBeUndefined();
});

describe('the catalog', () => {
  const cards = catalogCards();

  test('is in the order of memory, and each card is found under its own name', () => {
    const sizes = cards.map(({nvmlBytes}) => nvmlBytes);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    for (const card of cards) expect(cardByName(card.name)).toEqual(card);
    expect(cards).toHaveLength(16);
  });

  test('says for each card where its size is from, and whether it was measured', () => {
    for (const {source} of cards) expect(source).not.toBe('');
    expect(cards.filter(({isUnmeasured}) => isUnmeasured).map(({name}) => name)).toEqual([
      'NVIDIA H20-3e',
      'AMD Instinct MI300X',
      'AMD Instinct MI325X',
      'AMD Instinct MI355X',
    ]);
    for (const {source, isUnmeasured} of cards) expect(source.includes('not measured')).toBe(isUnmeasured);
  });

  test('has slightly less for CUDA than nvidia-smi shows, for every card', () => {
    for (const {nvmlBytes, cudaVisibleBytes} of cards) {
      expect(cudaVisibleBytes).toBeLessThan(nvmlBytes);
      expect(cudaVisibleBytes).toBeGreaterThan(nvmlBytes * 0.993);
    }
  });
});

describe('a card of this host', () => {
  const H200_MIB = 143_771;

  test('is the complete one within 64 MiB of the catalog, in both directions', () => {
    for (const mib of [H200_MIB - 63, H200_MIB + 63]) {
      expect(observedCard('NVIDIA H200', mib * BYTES_PER_MIB, 7 * BYTES_PER_MIB)).toMatchObject({
        cudaVisibleBytes: (mib - 606) * BYTES_PER_MIB,
        nominalBytes: 141e9,
        family: 'hopper',
      });
    }
    for (const mib of [H200_MIB - 64, H200_MIB + 64]) {
      expect(observedCard('NVIDIA H200', mib * BYTES_PER_MIB, 7 * BYTES_PER_MIB)).toMatchObject({
        cudaVisibleBytes: (mib - 7) * BYTES_PER_MIB,
        nominalBytes: null,
        family: 'hopper',
      });
    }
  });

  test('that is unknown has no family and no vendor size', () => {
    expect(observedCard('NVIDIA X9', 1_000_000, null)).toMatchObject({
      name: 'NVIDIA X9',
      family: null,
      nominalBytes: null,
      cudaVisibleBytes: estimateCudaVisibleBytes(1_000_000, null),
    });
    expect(observedCard('NVIDIA X9', 1_000_000, null).source).not.toBe(observedCard('NVIDIA X9', 1_000_000, 5).source);
  });

  test('reserved memory of 0 is a reading', () => {
    expect(estimateCudaVisibleBytes(1_000_000, 0)).toBe(1_000_000);
    expect(estimateCudaVisibleBytes(97_887, null)).toBe(97_887 - 638);
  });
});
