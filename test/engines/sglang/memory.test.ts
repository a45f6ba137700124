import {describe, expect, test} from 'vitest';
import {planMemory} from '../../../src/domain/memory/plan/plan-memory.ts';
import {sglangMemory} from '../../../src/engines/sglang/memory.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {architectureOf} from '../../domain/memory/model/config-json/read-config.ts';
import {deepseekV32, gptOss20b} from '../../domain/memory/model/hybrid-configs.ts';
import {gemma3Large, gemma4Moe, llama4Scout, mimoFlash, step37Flash} from '../../domain/memory/model/window-configs.ts';
import {
  catalogCard,
  H100,
  H200,
  knownArchitecture,
  planInput,
  usualSettings,
} from '../../domain/memory/plan-samples.ts';

describe('--mem-fraction-static', () => {
  test('is weights plus KV cache; activations and graphs are outside it', () => {
    const {perGpu} = planMemory(planInput(H200, {engine: 'sglang', memoryFraction: 0.85}));
    expect(perGpu.budgetBytes / BYTES_PER_GIB).toBeCloseTo(0.85 * (139.81 - 0.9), 1);
    // SGLang itself would keep 512 MiB + 1.5 x 8,192 + 1,024 + 1,024 MiB for them, and 1,536 for graphs of prefills.
    expect(perGpu.reserveBytes / BYTES_PER_GIB).toBeCloseTo(16, 1);
    expect(perGpu.outsideBytes / BYTES_PER_GIB).toBeCloseTo(0.9, 5);
    expect(perGpu.fractionBaseBytes).toBe(perGpu.cudaVisibleBytes - perGpu.outsideBytes);
  });

  test('at 0.90 on eight H100 leaves no pool: the published command cannot start', () => {
    const plan = planMemory(planInput(H100, {engine: 'sglang', memoryFraction: 0.9}));
    expect(plan.verdict).toBe('does-not-fit');
    expect(plan.perGpu.kvCachePoolBytes).toBeLessThan(0);
  });

  test('that leaves less than activations and graphs need is reported, with what SGLang would choose', () => {
    const plan = planMemory(planInput(H200, {engine: 'sglang', memoryFraction: 0.94}));
    expect(plan.findings.find(({code}) => code === 'memory.fraction-too-high')?.settingsChange).toEqual({
      memoryFraction: 0.88,
    });
  });
});

test('what is loaded in addition to the weights is 1.75 GiB until it was measured', () => {
  const {perGpu} = planMemory(planInput(H200, {engine: 'sglang'}));
  expect(perGpu.overheadBytes).toBe(1.75 * BYTES_PER_GIB);
});

test('the size of a cache element is named', () => {
  const why = (kvCacheDtype: 'auto' | 'fp8') => {
    const {kvElementBytes, kvElementWhy} = sglangMemory.terms({
      settings: {...usualSettings, kvCacheDtype},
      card: catalogCard(H200),
      gpuCount: 8,
      architecture: knownArchitecture(),
      version: null,
    });
    return [kvElementBytes, kvElementWhy];
  };
  expect(why('fp8')).toEqual([1, 'FP8']);
  expect(why('auto')).toEqual([2, '16 bit']);
});

// `overrides.py`, _dsa_kv_cache_dtype_default: by the GPU, whatever the checkpoint says.
test.each([
  ['NVIDIA B200', 'auto', 1],
  ['NVIDIA RTX PRO 6000 Blackwell Server Edition', 'auto', 1],
  [H200, 'auto', 2],
  ['NVIDIA A100-SXM4-80GB', 'auto', 2],
  [H200, 'fp8', 1],
  ['NVIDIA B200', 'bf16', 2],
] as const)('a cache of sparse attention on %s with %s has %i bytes a number', (card, kvCacheDtype, bytes) => {
  for (const checkpointKvDtype of [undefined, 'fp8'] as const) {
    const {kvElementBytes, findings} = sglangMemory.terms({
      settings: {...usualSettings, kvCacheDtype},
      card: catalogCard(card),
      gpuCount: 8,
      architecture: architectureOf(deepseekV32),
      version: null,
      checkpointKvDtype,
    });
    expect(kvElementBytes).toBe(bytes);
    expect(findings.map(({code}) => code)).not.toContain('memory.fp8-cache-unsupported');
  }
});

test('options without an effect on memory are known by their beginning', () => {
  const isIdle = (word: string) => sglangMemory.idleArguments.test(word);
  expect(['--log-level', '--tool-call-parser', '--served-model-name'].map(isIdle)).toEqual([true, true, true]);
  expect(['--chunked-prefill-size', '--x--log-level', 'x'].map(isIdle)).toEqual([false, false, false]);
});

describe('data-parallel attention', () => {
  test('over all ranks keeps complete attention on each: 80.38 GiB per card, and its own pool', () => {
    const plan = planMemory(planInput(H200, {engine: 'sglang', dataParallelSize: 8}));
    expect(plan.perGpu.weightsBytes / BYTES_PER_GIB).toBeCloseTo(80.38, 2);
    expect(plan.kvCache.replicas).toBe(8);
    expect(plan.node.usedGpuCount).toBe(8);
  });

  test('that does not divide tensor parallel size ranks is refused', () => {
    const plan = planMemory(planInput(H200, {engine: 'sglang', dataParallelSize: 3}));
    expect(plan.verdict).toBe('does-not-fit');
    expect(plan.findings.map(({code}) => code)).toContain('memory.data-parallel-uneven');
  });
});

test('pages are single tokens, so the capacity is the pool divided by the bytes of a token', () => {
  const {perGpu, kvCache} = planMemory(planInput(H200, {engine: 'sglang', contextLengthTokens: 100_000}));
  expect(kvCache.capacityTokens).toBe(Math.floor(perGpu.kvCachePoolBytes / 70_272));
});

test('SGLang needs memory for the weights and one request, because its fraction is of what is free', () => {
  const plan = planMemory(planInput(H200, {engine: 'sglang', memoryFraction: 0.9}));
  const needed = sglangMemory.neededFreeBytes(plan);
  expect(needed).toBeGreaterThan(plan.perGpu.weightsBytes);
  expect(needed).toBeLessThan(plan.perGpu.nvmlBytes - 20 * BYTES_PER_GIB);
});

test('windows have a pool of their own by the type of the model, whatever its class is called', () => {
  const shareOf = (config: object) =>
    sglangMemory.terms({
      settings: usualSettings,
      card: catalogCard(H200),
      gpuCount: 8,
      architecture: architectureOf(config),
      version: null,
    }).partialCache.windowShare;
  const own = [gptOss20b, gemma4Moe, llama4Scout, mimoFlash, step37Flash];
  expect(own.map(shareOf)).toEqual([0.8, 0.8, 0.8, 0.8, 0.8]);
  expect(own.map((config) => shareOf({...config, architectures: undefined}))).toEqual([0.8, 0.8, 0.8, 0.8, 0.8]);
  // All layers of Gemma 3 keep every token there.
  expect(shareOf(gemma3Large)).toBe(1);
  expect(shareOf({...gemma3Large, architectures: ['GptOssForCausalLM']})).toBe(1);
});
