import {expect, test} from 'vitest';
import {planMemory} from '../../../src/domain/memory/plan/plan-memory.ts';
import {planInput} from '../../domain/memory/plan-samples.ts';
import {type PublishedModel, publishedModel} from '../../domain/memory/published/published-models.ts';

const code = 'memory.weights-expanded';

function planOf(engine: string, card: string, shapes: PublishedModel | null, gpuCount: number) {
  const onDisk = shapes === null ? null : publishedModel(shapes);
  const change = {
    engine,
    tensorParallelSize: gpuCount,
    contextLengthTokens: 8192,
    ...(shapes ? {} : {format: 'nvfp4'}),
  };
  return planMemory(planInput(card, change, {gpuCount, onDisk}));
}

test.each<[engine: string, card: string, shapes: PublishedModel | null, gpuCount: number, name: string]>([
  ['vllm', 'NVIDIA A100-SXM4-80GB', 'MiniMax M2.5', 4, 'FP8'],
  ['sglang', 'NVIDIA A100-SXM4-80GB', 'MiniMax M2.5', 4, 'FP8'],
  ['vllm', 'NVIDIA A30', 'MiniMax M2.5', 16, 'FP8'],
  ['vllm', 'NVIDIA H200', null, 8, 'NVFP4'],
])('%s on %s keeps the weights of %s on %i as they are and computes in 16 bit', (engine, card, shapes, count, name) => {
  const finding = planOf(engine, card, shapes, count).findings.find((found) => found.code === code);
  expect(finding).toMatchObject({severity: 'info', message: expect.stringContaining(`does not compute in ${name}`)});
});

test.each<[engine: string, card: string, shapes: PublishedModel | null, gpuCount: number]>([
  ['vllm', 'NVIDIA L40S', 'MiniMax M2.5', 8],
  ['vllm', 'NVIDIA A100-SXM4-80GB', 'Llama 3.1 8B', 1],
  ['vllm', 'NVIDIA B200', null, 4],
  // Not known to expand it.
  ['sglang', 'NVIDIA H200', null, 8],
  ['llamacpp', 'NVIDIA A100-SXM4-80GB', 'MiniMax M2.5', 4],
])('%s on %s with %s on %i has no such notice', (engine, card, shapes, count) => {
  expect(planOf(engine, card, shapes, count).findings.map((found) => found.code)).not.toContain(code);
});
