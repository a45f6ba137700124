import {expect, test} from 'vitest';
import {spreadSettings, usedGpuCount} from '../../../src/engines/planning/spread-settings.ts';
import {usualSettings} from '../../domain/memory/plan-samples.ts';

test.each([
  ['vllm', {}, 8, 64, 8],
  ['vllm', {}, 6, 64, 4],
  ['vllm', {}, 8, 12, 4],
  ['vllm', {pipelineParallelSize: 2}, 16, 64, 8],
  ['vllm', {dataParallelSize: 2}, 16, 64, 8],
  ['vllm', {dataParallelSize: 2, pipelineParallelSize: 2}, 16, 64, 4],
  ['sglang', {dataParallelSize: 2}, 16, 64, 16],
  ['sglang', {dataParallelSize: 2, pipelineParallelSize: 2}, 16, 64, 8],
  ['llamacpp', {dataParallelSize: 2, pipelineParallelSize: 2}, 8, 64, 8],
  ['nobody', {dataParallelSize: 2}, 8, 64, 8],
  ['vllm', {pipelineParallelSize: 4}, 2, 64, 1],
] as const)('%s with %j on %i GPUs and %i heads has %i ranks', (engine, change, gpuCount, heads, ranks) => {
  const settings = {...usualSettings, engine, ...change};
  expect(spreadSettings(settings, gpuCount, heads)).toEqual({...settings, tensorParallelSize: ranks});
});

test.each([
  ['vllm', {tensorParallelSize: 4, pipelineParallelSize: 2, dataParallelSize: 2}, 16],
  // Data-parallel attention: the replicas share the tensor-parallel GPUs.
  ['sglang', {tensorParallelSize: 8, dataParallelSize: 8}, 8],
  ['sglang', {tensorParallelSize: 4, pipelineParallelSize: 2, dataParallelSize: 4}, 8],
  ['llamacpp', {tensorParallelSize: 4, pipelineParallelSize: 2, dataParallelSize: 2}, 4],
  ['nobody', {tensorParallelSize: 4, pipelineParallelSize: 2, dataParallelSize: 2}, 4],
] as const)('%s with %j uses %i GPUs', (engine, change, gpuCount) => {
  expect(usedGpuCount({...usualSettings, engine, ...change})).toBe(gpuCount);
});
