import {expect, test} from 'vitest';
import {findingOf, type Row, testRows} from '../torch/torch-findings.ts';

const rows: readonly Row[] = [
  ['llamacpp', "terminate called after throwing an instance of 'vk::DeviceLostError'", 'device-lost', /kernel log/],
  ['llamacpp', '  what():  vk::Device::waitForFences: ErrorDeviceLost', 'device-lost', /smaller batches/],
  ['llamacpp', 'level_zero backend failed with error: 20 (UR_RESULT_ERROR_DEVICE_LOST)', 'device-lost', /xe/],
  ['vllm', 'HW Exception by GPU node-1 (Agent handle: 0x5581) reason :GPU Hang', 'device-lost', /amdgpu/],
  ['vllm', 'RuntimeError: CUDA driver error: device not ready', 'device-lost', /TdrDelay/, /out of memory/],
];
testRows(rows);

test('what the allocator of PyTorch says afterwards is a consequence', () => {
  const lines = [
    'RuntimeError: CUDA driver error: device not ready',
    'RuntimeError: !handles_.at(i) INTERNAL ASSERT FAILED at "/pytorch/c10/cuda/CUDACachingAllocator.cpp":427',
  ];
  expect(findingOf('vllm', ...lines)?.evidence).toBe(`line 1: ${lines[0]}`);
});
