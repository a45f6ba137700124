import {expect, test} from 'vitest';
import {driverMessages, messagesOf} from '../../../src/domain/diagnosis/kernel/driver-messages.ts';
import {gpuUuid, pciBusId} from '../../../src/simulator/node/gpu-catalog.ts';
import type {SimulatedNode} from '../../../src/simulator/node/node-directory.ts';
import {gpuLostAtMs} from '../../../src/simulator/node/scenarios.ts';
import {kernelLog} from '../../../src/simulator/nvidia-smi/driver-log.ts';
import {parseKernelLog} from '../../../src/sources/host/kernel-log.ts';

const node: SimulatedNode = {
  gpuName: 'NVIDIA H200',
  gpuCount: 8,
  driverVersion: '580.105.08',
  cudaVersion: '13.0',
  scenario: 'lost-gpu',
  speed: 20,
  startedAtMs: 0,
  seed: 1,
};

test('the kernel log of a simulated node has the Xid of its lost GPU, at the time of the loss', () => {
  const nowMs = gpuLostAtMs(node) + 5_000;
  const log = parseKernelLog(kernelLog(node, nowMs, 90_000), 90_000);
  expect(log[0]?.text).toContain('loading NVIDIA UNIX');
  const own = messagesOf(driverMessages(log, nowMs), {index: 3, uuid: gpuUuid(3), pciBusId: pciBusId(3)});
  expect(own.find(({fault}) => fault?.xid === 79)?.atMs).toBe(gpuLostAtMs(node));
  expect(parseKernelLog(kernelLog({...node, scenario: 'steady'}, nowMs, 9), 9)).toHaveLength(1);
});
