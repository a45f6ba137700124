import {expect, test} from 'vitest';
import {modelOfConfig} from '../../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../../src/domain/memory/model/config-json/model-config.ts';
import {planMemory} from '../../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {gptOss20b, qwen3Next} from '../../domain/memory/model/hybrid-configs.ts';
import {H200, planInput} from '../../domain/memory/plan-samples.ts';
import {publishedModel} from '../../domain/memory/published/published-models.ts';

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

test('windows and states are allocated for every slot, and states in F32 also where config.json says otherwise', () => {
  const change = {engine: 'llamacpp', model: 'm-GGUF', contextLengthTokens: 65_536, tensorParallelSize: 1};
  const poolOf = (onDisk: ReturnType<typeof fromConfig>, extra: Partial<LaunchSettings> = {}) =>
    planMemory(planInput('NVIDIA B300 SXM6 AC', {...change, ...extra}, {gpuCount: 1, onDisk})).perGpu.kvCachePoolBytes;
  const state = 36 * (3 * 8192 + 128 * 4096) * 4;
  const qwen = fromConfig(qwen3Next);
  expect(qwen.architecture.linearAttention?.stateElementBytes).toBe(2);
  const tokenBytes = 12 * 65_536 * 2048;
  expect(poolOf(qwen)).toBe(tokenBytes + 4 * state);
  expect(poolOf(qwen, {maxRunningRequests: 1})).toBe(tokenBytes + state);
  expect(poolOf(qwen, {extraArguments: ['-np', '16']})).toBe(tokenBytes + 16 * state);
  const gptOss = fromConfig(gptOss20b);
  const windows = (slots: number) => poolOf(gptOss, {maxRunningRequests: slots}) / 2048 / 12 - 65_536;
  expect([1, 4, 8].map(windows)).toEqual([768, 1024, 1536]);
});

test('the types of the extra arguments count: 8,704 MiB for 131,072 tokens of Llama 3.1 8B, as an H200 logged', () => {
  const change = {engine: 'llamacpp', model: 'm-GGUF', contextLengthTokens: 131_072, tensorParallelSize: 1};
  const onDisk = publishedModel('Llama 3.1 8B');
  const mib = (extra: Partial<LaunchSettings>) =>
    planMemory(planInput(H200, {...change, ...extra}, {gpuCount: 1, onDisk})).perGpu.kvCachePoolBytes / BYTES_PER_MIB;
  const typed = (...extraArguments: string[]) => mib({extraArguments});
  expect(mib({})).toBe(16_384);
  expect(mib({kvCacheDtype: 'fp8'})).toBe(8704);
  expect(typed('--cache-type-k', 'q8_0', '--cache-type-v', 'q8_0')).toBe(8704);
  expect(typed('-ctk', 'q8_0')).toBe((8704 + 16_384) / 2);
  expect(typed('-ctk=q4_0', '-ctv=q4_0')).toBe((16_384 * 18) / 64);
  expect(typed('-ctk', 'nonsense')).toBe(16_384);
  expect(mib({kvCacheDtype: 'fp8', extraArguments: ['-ctk', 'f16', '-ctv', 'f16']})).toBe(16_384);
});

test('latent attention keeps no values: the type of its keys counts alone', () => {
  const {kvCache} = planMemory(planInput(H200, {...gguf, extraArguments: ['-ctk', 'q8_0']}));
  expect(kvCache.bytesPerToken).toBe((8 * 576 * 34) / 32);
});

function fromConfig(config: object) {
  const read = readModelConfig(JSON.stringify(config), '/m/config.json');
  if (!read.ok) throw new Error(read.error.message);
  return modelOfConfig('/m', read.value);
}
