import {describe, expect, test} from 'vitest';
import {divideCard} from '../../../src/domain/memory/plan/memory-budget.ts';
import {planMemory} from '../../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {vllmMemory} from '../../../src/engines/vllm/memory.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {
  catalogCard,
  H100,
  H200,
  knownArchitecture,
  planInput,
  usualSettings,
} from '../../domain/memory/plan-samples.ts';

function terms(change: Partial<LaunchSettings> = {}, cardName = H200, version: string | null = null) {
  const settings = {...usualSettings, ...change};
  return vllmMemory.terms({
    settings,
    card: catalogCard(cardName),
    gpuCount: 8,
    architecture: knownArchitecture(),
    version,
  });
}

test('the fraction is of the CUDA total, not of the nvidia-smi total, rounded up', () => {
  const card = catalogCard(H100);
  expect(terms({memoryFraction: 0.95}, H100).budgetBytes).toBe(Math.ceil(card.cudaVisibleBytes * 0.95));
  expect(terms({memoryFraction: 0.95}, H100).budgetBytes / BYTES_PER_GIB).toBeCloseTo(79.18 * 0.95, 2);
});

test.each([
  ['fp8', 1, 'FP8'],
  ['bf16', 2, 'BF16'],
] as const)('an element of a cache of %s has %i bytes', (kvCacheDtype, kvElementBytes, kvElementWhy) => {
  expect(terms({kvCacheDtype})).toMatchObject({kvElementBytes, kvElementWhy});
});

describe('a block', () => {
  test.each([
    [H200, 'auto', 16],
    [H200, 'fp8', 64],
    ['NVIDIA B200', 'auto', 32],
    ['NVIDIA B200', 'fp8', 32],
    ['NVIDIA RTX PRO 6000 Blackwell Server Edition', 'fp8', 16],
  ] as const)('on %s with a cache in %s has %d tokens', (cardName, kvCacheDtype, tokens) => {
    expect(terms({kvCacheDtype}, cardName).blockTokens).toBe(tokens);
  });

  test('has the size given by --block-size', () => {
    expect(terms({extraArguments: ['--block-size', '128']}).blockTokens).toBe(128);
    expect(terms({extraArguments: ['--block-size', 'many']}).blockTokens).toBe(16);
  });
});

describe('extra arguments', () => {
  test('replace a setting, after a space or an equals sign, with underscores or short, and the last one counts', () => {
    const argv = ['--decode_context_parallel_size=8', '-pp', '2', '-dp', '2', '-dp', '4', '-ep'];
    expect(terms({extraArguments: argv}).placement).toMatchObject({
      decodeContextRanks: 8,
      stages: 2,
      replicas: 4,
      isExpertParallel: true,
      gpuCount: 64,
    });
  });

  test('--language-model-only drops the vision tower', () => {
    const argv = ['--language-model-only', '--mm-encoder-tp-mode', 'data'];
    expect(terms({extraArguments: argv}).placement.visionMode).toBe('absent');
  });

  test('--kv-cache-memory-bytes fixes the pool whatever the fraction is', () => {
    const fixed = 20 * BYTES_PER_GIB;
    const input = planInput(H200, {extraArguments: ['--kv-cache-memory-bytes', String(fixed)]});
    expect(divideCard(input).poolBytes).toBe(fixed);
  });

  test('an EAGLE-3 draft needs its weights and one more layer of cache', () => {
    const {draft} = terms({extraArguments: ['--speculative-config', '{"method":"eagle3","model":"x"}']});
    expect(draft?.kvLayers).toBe(1);
    expect(draft?.weightsBytes).toBeGreaterThan(1.8 * BYTES_PER_GIB);
    expect(draft?.weightsBytes).toBeLessThan(2.9 * BYTES_PER_GIB);
  });

  test('that affect memory and are not supported are reported', () => {
    const argv = ['--speculative-config', '{"method": "ngram"}', '--cpu-offload-gb=20', '--enforce-eager'];
    const [finding] = terms({extraArguments: argv}).findings;
    expect(finding?.code).toBe('memory.arguments-not-planned');
    expect(finding?.message).toContain('--cpu-offload-gb, --speculative-config');
  });
});

test('a fraction that leaves no room for the CUDA context is reported, with one that does', () => {
  const [finding] = terms({memoryFraction: 0.999}).findings;
  expect(finding).toMatchObject({code: 'memory.fraction-too-high', settingsChange: {memoryFraction: 0.98}});
});

test('vLLM needs its complete fraction free before it loads anything', () => {
  const plan = planMemory(planInput(H200));
  expect(vllmMemory.neededFreeBytes(plan)).toBe(plan.perGpu.budgetBytes + plan.perGpu.outsideBytes);
});
