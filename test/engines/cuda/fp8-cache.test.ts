import {expect, test} from 'vitest';
import {planCures} from '../../../src/domain/memory/plan/cures/plan-cures.ts';
import {planMemory} from '../../../src/domain/memory/plan/plan-memory.ts';
import {planInput} from '../../domain/memory/plan-samples.ts';
import {type PublishedModel, publishedModel} from '../../domain/memory/published/published-models.ts';

const A100 = 'NVIDIA A100-SXM4-80GB';
const fp8 = {kvCacheDtype: 'fp8', contextLengthTokens: 8192} as const;

function planOf(card: string, engine: string, shapes: PublishedModel | null, gpuCount: number) {
  const onDisk = shapes === null ? null : publishedModel(shapes);
  const change = {...fp8, engine, tensorParallelSize: gpuCount};
  return planMemory(planInput(card, change, {gpuCount, onDisk}));
}

test.each<[engine: string, card: string, shapes: PublishedModel | null, gpuCount: number]>([
  ['vllm', A100, null, 16],
  ['sglang', A100, null, 16],
  ['vllm', A100, 'DeepSeek R1', 16],
  ['vllm', 'NVIDIA GeForce RTX 3090', 'gpt-oss 20B', 1],
  ['sglang', 'NVIDIA RTX A6000', 'gpt-oss 20B', 1],
])('%s has no kernel for an FP8 cache on %s with %s', (engine, card, shapes, gpuCount) => {
  const plan = planOf(card, engine, shapes, gpuCount);
  expect(plan.verdict).toBe('does-not-fit');
  expect(plan.findings[0]).toMatchObject({code: 'memory.fp8-cache-unsupported', severity: 'critical'});
  // The way out is the cache of the model, if that fits.
  expect(planCures(plan)[0]?.settingsChange.kvCacheDtype).toBe('auto');
});

test.each<[engine: string, card: string, shapes: PublishedModel | null, gpuCount: number]>([
  // FlashInfer: measured with Qwen 3 0.6B on an A100.
  ['vllm', A100, 'Qwen3 14B', 1],
  ['sglang', 'NVIDIA GeForce RTX 3090', 'Qwen3 8B', 1],
  // Kimi K2.6 with an FP8 cache was published on these.
  ['vllm', 'NVIDIA RTX PRO 6000 Blackwell Server Edition', null, 8],
  ['vllm', 'NVIDIA H200', null, 8],
  ['vllm', 'NVIDIA L40S', 'gpt-oss 20B', 1],
])('%s on %s with %s has one', (engine, card, shapes, gpuCount) => {
  expect(planOf(card, engine, shapes, gpuCount).verdict).not.toBe('does-not-fit');
});

test.each(['vllm', 'sglang'])('on A100 %s is offered no FP8 cache for Kimi, as a cure or as advice', (engine) => {
  for (const gpuCount of [8, 16]) {
    for (const contextLengthTokens of [8192, 262_144]) {
      const change = {engine, contextLengthTokens, tensorParallelSize: gpuCount};
      const {findings} = planMemory(planInput(A100, change, {gpuCount}));
      expect(JSON.stringify(findings)).not.toMatch(/fp8/i);
    }
  }
  const plan = planMemory(planInput('NVIDIA H200', {engine, tensorParallelSize: 8}));
  expect(plan.findings.map(({code}) => code)).toContain('memory.fp8-cache-doubles');
});
