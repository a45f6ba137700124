import {expect, test} from 'vitest';
import {planMemory} from '../../../src/domain/memory/plan/plan-memory.ts';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {H200, planInput} from '../../domain/memory/plan-samples.ts';

const gguf = {engine: 'llamacpp', model: 'unsloth/Kimi-K2.7-Code-GGUF', format: 'UD-Q4_K_XL'};

test('complete layers are distributed to the cards, and a token is kept once: 61 layers on 8 cards', () => {
  const plan = planMemory(planInput(H200, gguf));
  expect(plan.checkpoint).toMatchObject({bytes: 584e9, format: 'UD-Q4_K_XL'});
  expect(plan.kvCache.bytesPerToken).toBe(8 * 576 * 2);
  expect(plan.verdict).toBe('fits');
});

test('8,192 cells in 61 layers on one card need the 549 MiB that llama.cpp prints', () => {
  const plan = planMemory(planInput(H200, {...gguf, tensorParallelSize: 1, contextLengthTokens: 8192}));
  expect((plan.kvCache.bytesPerToken * 8192) / BYTES_PER_MIB).toBe(549);
});

test('layers are split over any number of cards, whatever the number of attention heads', () => {
  for (const tensorParallelSize of [3, 5, 6, 7]) {
    const {findings} = planMemory(planInput(H200, {...gguf, tensorParallelSize}));
    expect(findings.map(({code}) => code)).not.toContain('memory.tensor-parallel-uneven');
  }
});

test('a change without effect on it is not offered as a fix', () => {
  const {findings} = planMemory(planInput('NVIDIA L40S', gguf));
  const changes = findings.flatMap(({settingsChange}) => Object.keys(settingsChange ?? {}));
  expect(changes).not.toContain('memoryFraction');
  expect(changes).not.toContain('decodeContextParallelSize');
});

test('layers moved to host memory are reported as outside the plan', () => {
  const {findings} = planMemory(planInput(H200, {...gguf, extraArguments: ['-ngl', '30']}));
  expect(findings[0]).toMatchObject({code: 'memory.arguments-not-planned'});
});

test('the cache has the requested cells, and the plan shows how many are possible', () => {
  const {perGpu, kvCache, reason} = planMemory(planInput(H200, gguf));
  expect(perGpu.kvCachePoolBytes).toBe(262_144 * 8 * 576 * 2);
  expect(kvCache).toMatchObject({capacityTokens: 262_144, fullLengthSequences: 1});
  expect(kvCache.longestSequenceTokens).toBeGreaterThan(20 * 262_144);
  expect(perGpu.totalBytes).toBeLessThan(perGpu.budgetBytes);
  expect(reason).toContain('262,144 tokens as requested, shared by the requests; there is room for ');
});
