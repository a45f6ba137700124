import {expect, test} from 'vitest';
import {exhaustedDevice} from '../../../src/domain/diagnosis/exhausted-device.ts';

test.each([
  [
    'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 12 has a total capacity of 139.81 GiB',
    12,
  ],
  ['CUDA out of memory. Tried to allocate 1.75 GiB. GPU 0 h', 0],
  ['CUDA out of memory. Tried to allocate 1.75 GiB. GPU 1', null],
  ['ValueError: Free memory on device cuda:5 (133.2/139.81 GiB) on startup is less than desired', null],
  [null, null],
])('%s: %s', (evidence, number) => {
  expect(exhaustedDevice(evidence)).toBe(number);
});
