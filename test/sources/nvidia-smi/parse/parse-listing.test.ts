import {expect, test} from 'vitest';
import {parseListing} from '../../../../src/sources/nvidia-smi/parse/parse-listing.ts';

test('text without a card is not a listing', () => {
  expect(parseListing('')).toBeNull();
  expect(parseListing('  MIG 1g.10gb     Device  0: (UUID: MIG-1)\n')).toBeNull();
  expect(parseListing('GPU 0: NVIDIA H100 (no identity)\n')).toBeNull();
  expect(parseListing('my GPU 0: NVIDIA H100 (UUID: GPU-0)\n')).toBeNull();
});

test('cards have index, name and identity, also with Windows line ends', () => {
  const cards = parseListing('GPU 0: NVIDIA H100 (UUID: GPU-0a1b-2c)\r\nGPU 12: NVIDIA H200 (UUID: GPU-ff)\r\n');
  expect(cards).toEqual([
    {cells: {index: '0', name: 'NVIDIA H100', uuid: 'GPU-0a1b-2c'}, migInstances: []},
    {cells: {index: '12', name: 'NVIDIA H200', uuid: 'GPU-ff'}, migInstances: []},
  ]);
});

test('MIG devices belong to the card above them, and one before all cards to none', () => {
  const mig = '  MIG 1g.10gb     Device  0: (UUID: MIG-1)';
  const cards = parseListing([mig, 'GPU 0: A (UUID: GPU-0)', 'GPU 1: B (UUID: GPU-1)', mig, mig, 'other'].join('\n'));
  const others = ['x MIG 1g.10gb Device 0: (UUID: MIG-1)', '\tMIG 1g.10gb  Device 12: (UUID: MIG-1)'];
  expect(parseListing(['GPU 0: A (UUID: GPU-0)', ...others].join('\n'))?.[0]?.migInstances).toHaveLength(1);
  expect(cards?.map(({migInstances}) => migInstances.length)).toEqual([0, 2]);
  for (const reading of Object.values(cards?.[1]?.migInstances[0] ?? {})) expect(reading).toHaveProperty('absent');
});
