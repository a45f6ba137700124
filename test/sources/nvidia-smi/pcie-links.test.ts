import {expect, test} from 'vitest';
import type {GpuSample} from '../../../src/samples/gpu.ts';
import {PcieLinks} from '../../../src/sources/nvidia-smi/pcie-links.ts';
import {gpuSample} from '../../supervisor/snapshot/observed.ts';

test('a slow link to the host is reported from the second reading under load in a row to the next one with a fast link, also while idle', () => {
  const links = new PcieLinks();
  const slow = {pcieLink: {generation: 5, maxGeneration: 5, lanes: 8, maxLanes: 16}};
  const idle = {pcieLink: {generation: 1, maxGeneration: 5, lanes: 16, maxLanes: 16}, utilizationRatio: 0};
  const fast = {pcieLink: {generation: 5, maxGeneration: 5, lanes: 16, maxLanes: 16}};
  const messages = (change: Partial<GpuSample>) =>
    links.findings([gpuSample(0, {uuid: 'GPU-00000000', ...change})]).map(({message}) => message);
  const reported = ['GPU 0 (00000000:1A:00.0) uses PCIe 5.0 x8 under load, and 5.0 x16 is possible.'];
  expect(messages(idle)).toEqual([]);
  expect(messages(slow)).toEqual([]);
  expect(messages(fast)).toEqual([]);
  expect(messages(slow)).toEqual([]);
  expect(messages(idle)).toEqual([]);
  expect(messages(slow)).toEqual(reported);
  expect(messages(idle)).toEqual(reported);
  expect(messages(fast)).toEqual([]);
  expect(messages({pcieLink: undefined})).toEqual([]);
});
