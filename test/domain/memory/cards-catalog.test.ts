import {describe, expect, test} from 'vitest';
import {
  cardByName,
  catalogCards,
  estimateCudaVisibleBytes,
  observedCard,
  otherSizes,
  unifiedCard,
} from '../../../src/domain/memory/cards.ts';
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
  ['GH200-96GB', 'NVIDIA GH200 480GB', 'hopper', 96, 97_871],
  ['NVIDIA GH200 144G HBM3e', 'NVIDIA GH200 144G HBM3e', 'hopper', 144, 146_831],
  ['GH200 144GB', 'NVIDIA GH200 144G HBM3e', 'hopper', 144, 146_831],
  ['GH200-144GB', 'NVIDIA GH200 144G HBM3e', 'hopper', 144, 146_831],
  ['NVIDIA A100-SXM4-40GB', 'NVIDIA A100-SXM4-40GB', 'ampere', 40, 40_960],
  ['NVIDIA A100-PCIE-40GB', 'NVIDIA A100-SXM4-40GB', 'ampere', 40, 40_960],
  ['A100-40GB', 'NVIDIA A100-SXM4-40GB', 'ampere', 40, 40_960],
  ['NVIDIA H800', 'NVIDIA H800', 'hopper', 80, 81_559],
  ['NVIDIA H800 PCIe', 'NVIDIA H800', 'hopper', 80, 81_559],
  ['NVIDIA RTX A6000', 'NVIDIA RTX A6000', 'ampere', 48, 49_140],
  ['A6000', 'NVIDIA RTX A6000', 'ampere', 48, 49_140],
  ['NVIDIA L4', 'NVIDIA L4', 'ada', 24, 23_034],
  ['NVIDIA A30', 'NVIDIA A30', 'ampere', 24, 24_576],
  ['NVIDIA A10', 'NVIDIA A10', 'ampere', 24, 23_028],
  ['NVIDIA A10G', 'NVIDIA A10', 'ampere', 24, 23_028],
  ['NVIDIA GeForce RTX 3090', 'NVIDIA GeForce RTX 3090', 'ampere', 24, 24_576],
  ['RTX 3090', 'NVIDIA GeForce RTX 3090', 'ampere', 24, 24_576],
  ['3090-48GB', 'NVIDIA GeForce RTX 3090 48GB', 'ampere', 48, 49_140],
  ['NVIDIA GeForce RTX 4090', 'NVIDIA GeForce RTX 4090', 'ada', 24, 24_564],
  ['NVIDIA GeForce RTX 4090 D', 'NVIDIA GeForce RTX 4090', 'ada', 24, 24_564],
  ['RTX4090', 'NVIDIA GeForce RTX 4090', 'ada', 24, 24_564],
  ['RTX 4090 48GB', 'NVIDIA GeForce RTX 4090 48GB', 'ada', 48, 49_140],
  ['4090-48G', 'NVIDIA GeForce RTX 4090 48GB', 'ada', 48, 49_140],
  ['NVIDIA GeForce RTX 5090', 'NVIDIA GeForce RTX 5090', 'blackwell-workstation', 32, 32_607],
  ['5090 48GB', 'NVIDIA GeForce RTX 5090 48GB', 'blackwell-workstation', 48, 49_140],
  ['NVIDIA GB10', 'NVIDIA GB10', 'blackwell-workstation', 128, 122_548],
  ['DGX Spark', 'NVIDIA GB10', 'blackwell-workstation', 128, 122_548],
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
  ...['NVIDIA A100-SXM4-64GB', 'A100X', 'PG A100-80GB', 'NVIDIA H100 64GB', 'H100 NVL2', 'XH100 NVL', 'GH100', 'H1000'],
  ...[
    'H200E',
    'H200 Ultra',
    'H20-3f',
    'H20E',
    'GH200 200GB',
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
  ...[
    'XMI300X',
    'MI300XX',
    'MI325',
    'MI355',
    'GeForce RTX 4080',
    'GeForce RTX 4090 96GB',
    'RTX 40900',
    '4090 48',
    'GB100',
    'H8000',
    'L40',
    'My NVIDIA H200',
  ],
])('%s is not in the catalog', (name) => {
  expect(cardByName(name)).toBeUndefined();
});

describe('the catalog', () => {
  const cards = catalogCards();

  test('is in the order of memory, and each card is found under its own name', () => {
    const sizes = cards.map(({nvmlBytes}) => nvmlBytes);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    for (const card of cards) expect(cardByName(card.name)).toEqual(card);
    expect(cards).toHaveLength(31);
    expect(new Set(cards.map(({name}) => name)).size).toBe(31);
  });

  test('says for each card where its size is from, and whether it was measured', () => {
    for (const {source} of cards) expect(source).not.toBe('');
    expect(cards.filter(({isUnmeasured}) => isUnmeasured).map(({name}) => name)).toEqual([
      'NVIDIA GeForce RTX 3090 48GB',
      'NVIDIA GeForce RTX 5090 48GB',
      'NVIDIA H20-3e',
      'AMD Instinct MI300X',
      'AMD Instinct MI325X',
      'AMD Instinct MI355X',
    ]);
    for (const {source, isUnmeasured} of cards) expect(source.includes('not measured')).toBe(isUnmeasured);
  });

  test('has slightly less for CUDA than nvidia-smi shows, for every card with memory of its own', () => {
    for (const {nvmlBytes, cudaVisibleBytes, isUnified} of cards) {
      const keptMib = (nvmlBytes - cudaVisibleBytes) / BYTES_PER_MIB;
      if (isUnified) expect(keptMib).toBe(0);
      else expect(keptMib).toBeGreaterThan(450);
      expect(keptMib).toBeLessThan(2000);
    }
  });

  test('names the cards whose memory is that of the host', () => {
    expect(cards.filter(({isUnified}) => isUnified).map(({name}) => name)).toEqual(['NVIDIA GB10']);
    expect(unifiedCard('NVIDIA GB10')).toMatchObject({isUnified: true, nvmlBytes: 122_548 * BYTES_PER_MIB});
    expect(unifiedCard('NVIDIA H200')).toBeUndefined();
    expect(unifiedCard('NVIDIA X9')).toBeUndefined();
  });

  test.each([
    ['GH200', ['NVIDIA GH200 144G HBM3e']],
    ['A100', ['NVIDIA A100-SXM4-40GB']],
    ['RTX 4090', ['NVIDIA GeForce RTX 4090 48GB']],
    ['H20', ['NVIDIA H20-3e']],
    ['GH200-144GB', []],
    ['NVIDIA GH200 480GB', []],
    ['H100 NVL', []],
    ['H100', []],
    ['H20-3e', []],
    ['H200', []],
    ['X9', []],
  ])('says for %s which other sizes there are', (name, expected) => {
    expect(otherSizes(name).map((card) => card.name)).toEqual(expected);
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
  });

  test('without a reading has the least that was seen: a fraction, as much on smaller ones, a part of a slice', () => {
    const kept = (mib: number) => mib - estimateCudaVisibleBytes(mib * BYTES_PER_MIB, null) / BYTES_PER_MIB;
    expect(kept(2 * 97_887)).toBeCloseTo(2 * 638, 3);
    expect(kept(24_576)).toBe(640);
    expect(kept(10_000)).toBeCloseTo(270, 3);
  });

  test.each([
    ['NVIDIA GeForce RTX 4090', 49_140, 48, 'ada'],
    ['NVIDIA H20', 143_771, 141, 'hopper'],
    ['NVIDIA GH200 480GB', 146_831, 144, 'hopper'],
    ['NVIDIA A100-SXM4-80GB', 40_960, 40, 'ampere'],
  ])('%s with %d MiB is the one of that size', (name, mib, gb, family) => {
    expect(observedCard(name, mib * BYTES_PER_MIB, 100 * BYTES_PER_MIB)).toMatchObject({
      name,
      nvmlBytes: mib * BYTES_PER_MIB,
      nominalBytes: gb * 1e9,
      family,
      source: expect.stringContaining('from the catalog'),
    });
  });

  test('with more memory than any of its name has is believed by its size', () => {
    expect(observedCard('NVIDIA GeForce RTX 5090', 98_000 * BYTES_PER_MIB, 500 * BYTES_PER_MIB)).toMatchObject({
      nvmlBytes: 98_000 * BYTES_PER_MIB,
      cudaVisibleBytes: 97_500 * BYTES_PER_MIB,
      nominalBytes: null,
      family: 'blackwell-workstation',
      isUnified: false,
    });
  });
});
