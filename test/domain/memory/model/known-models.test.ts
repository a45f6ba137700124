import {expect, test} from 'vitest';
import {findKnownModel, knownModelIds} from '../../../../src/domain/memory/model/known-models.ts';

test.each([
  'moonshotai/Kimi-K2.7-Code',
  'moonshotai/Kimi-K2.5',
  'nvidia/Kimi-K2.6-NVFP4',
  '/models/kimi-k2.7-code',
  '/models/Kimi-K2.7-Code/',
  'unsloth/Kimi-K2.7-Code-GGUF',
  '/root/.cache/huggingface/hub/models--moonshotai--Kimi-K2.7-Code/snapshots/0a1b2c',
])('%s is known: one architecture with a vision tower', (modelId) => {
  const known = findKnownModel(modelId);
  expect(known?.architecture.layers).toBe(61);
  expect(known?.architecture.vision).not.toBeNull();
  expect(known?.architecture.maxContextTokens).toBe(262_144);
});

test('Kimi K2 Thinking is the same text tower without vision', () => {
  expect(findKnownModel('moonshotai/Kimi-K2-Thinking')?.architecture.vision).toBeNull();
});

test('Kimi K2 Instruct supports half the context and is native in FP8', () => {
  const known = findKnownModel('moonshotai/Kimi-K2-Instruct');
  expect([known?.architecture.maxContextTokens, known?.nativeFormat]).toEqual([131_072, 'fp8']);
});

test.each([
  ['nvidia/Kimi-K2.7-Code-NVFP4', 'nvfp4'],
  ['amd/Kimi-K2.5-MXFP4', 'mxfp4'],
  ['BlackfrostAI/Kimi-K2.7-Code-BF16', 'bf16'],
  ['moonshotai/Kimi-K2.7-Code', 'int4'],
])('%s is published in %s', (modelId, format) => {
  expect(findKnownModel(modelId)?.nativeFormat).toBe(format);
});

test('every model that is proposed is known', () => {
  for (const modelId of knownModelIds) expect(findKnownModel(modelId)).toBeDefined();
});

test.each([
  'moonshotai/Kimi-K3',
  'moonshotai/Kimi-K2-Instruct-0905',
  'meta-llama/Llama-3.1-70B',
  'someone/not-kimi-k2.77',
  '/models/mine',
])('%s is unknown, not guessed', (modelId) => {
  expect(findKnownModel(modelId)).toBeUndefined();
});
