import {expect, test} from 'vitest';
import {parseNodeSpec} from '../../../src/domain/memory/node-spec.ts';

test.each([
  ['8xH100', 'NVIDIA H100 80GB HBM3', 8, 1],
  ['8 x h200', 'NVIDIA H200', 8, 1],
  ['4xB200', 'NVIDIA B200', 4, 1],
  ['h100x8', 'NVIDIA H100 80GB HBM3', 8, 1],
  ['3090 48GB x 4', 'NVIDIA GeForce RTX 3090 48GB', 4, 1],
  ['MI300Xx8', 'AMD Instinct MI300X', 8, 1],
  ['H200 * 16', 'NVIDIA H200', 16, 2],
  ['H200', 'NVIDIA H200', 1, 1],
  ['2x8xH100', 'NVIDIA H100 80GB HBM3', 16, 2],
  ['16xH100', 'NVIDIA H100 80GB HBM3', 16, 2],
  ['8xH100-NVL', 'NVIDIA H100 NVL', 8, 1],
  ['8xRTX PRO 6000', 'NVIDIA RTX PRO 6000 Blackwell Server Edition', 8, 1],
  ['8xMI300X', 'AMD Instinct MI300X', 8, 1],
  ['8xNVIDIA H20', 'NVIDIA H20', 8, 1],
  ['4xGB300', 'NVIDIA GB300', 4, 1],
  ['2x4090', 'NVIDIA GeForce RTX 4090', 2, 1],
  ['8x4090-48GB', 'NVIDIA GeForce RTX 4090 48GB', 8, 1],
  ['2xDGX Spark', 'NVIDIA GB10', 2, 1],
  ['1xGH200-144GB', 'NVIDIA GH200 144G HBM3e', 1, 1],
])('%s is %s, %d cards in %d machines', (text, name, gpuCount, hostCount) => {
  const node = parseNodeSpec(text);
  expect(node).toMatchObject({ok: true, value: {card: {name}, gpuCount, hostCount}});
});

test.each(['', '8x', '8xRTX 4080', '0xH100', '5000xH100', 'x8', '8 H100 and more', '-3xH100'])(
  '%j is refused with the known ones',
  (text) => {
    const node = parseNodeSpec(text);
    expect(node).toMatchObject({ok: false, error: {code: 'memory.unknown-node'}});
    expect(node.ok ? '' : node.error.remedy).toContain('H200');
  },
);
