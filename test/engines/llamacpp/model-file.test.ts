import {expect, test} from 'vitest';
import {isModelFile} from '../../../src/engines/llamacpp/launch.ts';
import {engines} from '../../../src/engines/registry.ts';

test.each(['kimi.gguf', 'Kimi.GGUF', '/models/kimi', './kimi', '~/kimi'])('%s is a file', (model) => {
  expect(isModelFile(model)).toBe(true);
});

test.each(['unsloth/Kimi-K2.7-Code-GGUF', 'kimi.gguf/x', 'models/kimi'])('%s is a repository', (model) => {
  expect(isModelFile(model)).toBe(false);
});

test('each engine reads its key from its own variable', () => {
  expect(Object.fromEntries(engines.map(({name, apiKeyVariable}) => [name, apiKeyVariable]))).toEqual({
    vllm: 'VLLM_API_KEY',
    sglang: 'SGLANG_API_KEY',
    llamacpp: 'LLAMA_API_KEY',
  });
});
