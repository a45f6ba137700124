import {expect, test} from 'vitest';
import {findEngine} from '../../../src/engines/registry.ts';
import {publishedModel} from '../../domain/memory/published/published-models.ts';
import {onDisk} from '../../supervisor/launch/model-samples.ts';
import {guideSettings} from '../vllm/test-settings.ts';

const gguf = 'unsloth/Kimi-K2.7-Code-GGUF:Q4_K_M';
const qwen = {...publishedModel('Qwen3 8B'), kind: 'gguf' as const};

function conflictOf(engine: string, model: string, found: ReturnType<typeof onDisk> | null) {
  return findEngine(engine)?.findModelConflict(guideSettings({engine, model}), found);
}

test.each(['vllm', 'sglang'])(
  '%s cannot read GGUF files of a model with latent attention, and says who can',
  (engine) => {
    const refused = {code: `${engine}.gguf-not-supported`, severity: 'critical'};
    for (const found of [conflictOf(engine, gguf, null), conflictOf(engine, '/m/a', onDisk('/m/a', {kind: 'gguf'}))]) {
      expect(found).toMatchObject(refused);
      expect(found?.remedy).toContain('llama.cpp');
    }
  },
);

test.each(['vllm', 'sglang'])('%s is not refused safetensors, nor GGUF files of other models', (engine) => {
  expect(conflictOf(engine, 'moonshotai/Kimi-K2.7-Code', null)).toBeNull();
  expect(conflictOf(engine, gguf, onDisk('/cache/kimi'))).toBeNull();
  expect(conflictOf(engine, '/m/qwen.gguf', qwen)).toBeNull();
  expect(conflictOf(engine, 'a/unknown-GGUF:Q4_K_M', null)).toBeNull();
});
