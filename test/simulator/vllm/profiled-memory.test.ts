import {describe, expect, test} from 'vitest';
import {planMemory} from '../../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {findGpuType} from '../../../src/simulator/node/gpu-catalog.ts';
import {noMemoryFault} from '../../../src/simulator/node/memory-faults.ts';
import {layOutMemory, type MemoryRequest} from '../../../src/simulator/vllm/memory-layout.ts';
import {VLLM_VERSION} from '../../../src/simulator/vllm/start/print-log.ts';
import {planInput} from '../../domain/memory/plan-samples.ts';

type Change = Pick<Partial<LaunchSettings>, 'maxRunningRequests' | 'memoryFraction' | 'kvCacheDtype' | 'visionMode'>;

function logged(gpuName: string, {maxRunningRequests, memoryFraction = 0.92, kvCacheDtype, visionMode}: Change) {
  const request: MemoryRequest = {
    gpu: findGpuType(gpuName),
    tensorParallelSize: 8,
    decodeContextParallelSize: 1,
    gpuMemoryUtilization: memoryFraction,
    kvCacheDtype: kvCacheDtype ?? 'auto',
    blockSize: null,
    vision: visionMode ?? 'data',
    maxModelLen: 262_144,
    maxNumBatchedTokens: 8192,
    maxNumSeqs: maxRunningRequests ?? 1024,
    fault: noMemoryFault,
  };
  return layOutMemory(request);
}

describe('the log of the simulated engine agrees with a plan that knows only its settings', () => {
  test.each<[string, Change]>([
    ['NVIDIA H200', {}],
    ['NVIDIA H200', {kvCacheDtype: 'fp8'}],
    ['NVIDIA H200', {maxRunningRequests: 512}],
    ['NVIDIA H200', {memoryFraction: 0.9, visionMode: 'absent'}],
  ])('%s, %j: within 2 % of pool and tokens', (gpuName, change) => {
    const plan = planMemory(planInput(gpuName, {memoryFraction: 0.92, ...change}, {engineVersion: VLLM_VERSION}));
    const layout = logged(gpuName, change);
    expect(Math.abs(plan.perGpu.kvCachePoolBytes / layout.availableBytes - 1)).toBeLessThan(0.02);
    expect(Math.abs(plan.kvCache.capacityTokens / layout.capacityTokens - 1)).toBeLessThan(0.02);
  });
});

test('the overhead on eight H200 is what published starts of such releases lead to, not a constant', () => {
  const overheadGib = (change: Change) => {
    const {contextBytes, peakActivationBytes, graphEstimateBytes} = logged('NVIDIA H200', change);
    return (contextBytes + peakActivationBytes + graphEstimateBytes) / BYTES_PER_GIB;
  };
  expect(overheadGib({})).toBeGreaterThan(7);
  expect(overheadGib({}) - overheadGib({maxRunningRequests: 512})).toBeCloseTo(1.15, 1);
});
