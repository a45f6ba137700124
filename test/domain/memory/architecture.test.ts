import {expect, test} from 'vitest';
import {findModelArchitecture} from '../../../src/domain/memory/architecture.ts';

test.each([
  'moonshotai/Kimi-K2.7-Code',
  'moonshotai/Kimi-K2.5',
  'nvidia/Kimi-K2.6-NVFP4',
  '/models/kimi-k2.7-code',
  '/models/Kimi-K2.7-Code/',
  '/root/.cache/huggingface/hub/models--moonshotai--Kimi-K2.7-Code/snapshots/0a1b2c',
])('%s is known: one architecture with a vision tower', (modelId) => {
  const architecture = findModelArchitecture(modelId);
  expect(architecture?.layers).toBe(61);
  expect(architecture?.vision).not.toBeNull();
  expect(architecture?.maxContextTokens).toBe(262_144);
});

test('Kimi K2 Thinking is the same text tower without vision', () => {
  expect(findModelArchitecture('moonshotai/Kimi-K2-Thinking')?.vision).toBeNull();
});

test('Kimi K2 Instruct knows half the context and is native in FP8', () => {
  const architecture = findModelArchitecture('moonshotai/Kimi-K2-Instruct');
  expect([architecture?.maxContextTokens, architecture?.nativeFormat]).toEqual([131_072, 'fp8']);
});

test.each([
  'moonshotai/Kimi-K3',
  'moonshotai/Kimi-K2-Instruct-0905',
  'meta-llama/Llama-3.1-70B',
  'unsloth/Kimi-K2.7-Code-GGUF',
  'someone/not-kimi-k2.77',
  '/models/mine',
])('%s is not guessed at', (modelId) => {
  expect(findModelArchitecture(modelId)).toBeUndefined();
});
