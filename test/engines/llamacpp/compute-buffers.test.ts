import {expect, test} from 'vitest';
import {modelOfConfig} from '../../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../../src/domain/memory/model/config-json/model-config.ts';
import {longestContextTokens} from '../../../src/domain/memory/plan/memory-budget.ts';
import {judgeMemory} from '../../../src/domain/memory/plan/plan-memory.ts';
import {llamacppMemory} from '../../../src/engines/llamacpp/memory.ts';
import {glm51} from '../../domain/memory/model/hybrid-configs.ts';
import {catalogCard, H200, knownArchitecture, planInput, usualSettings} from '../../domain/memory/plan-samples.ts';
import {publishedModel} from '../../domain/memory/published/published-models.ts';

/** Llama 3.1 8B in 16 bit on one card of 24 GB. */
function planned(contextLengthTokens: number) {
  const change = {engine: 'llamacpp', model: 'm', tensorParallelSize: 1, contextLengthTokens};
  return planInput('NVIDIA GeForce RTX 3090', change, {gpuCount: 1, onDisk: publishedModel('Llama 3.1 8B')});
}

test('what fits with the least compute buffers only is tight, and what does not even then is refused', () => {
  const longest = longestContextTokens(planned(8192));
  const verdicts = [longest - 30_000, longest + 4096, longest + 30_000].map(
    (tokens) => judgeMemory(planned(tokens)).verdict,
  );
  expect(verdicts).toEqual(['fits', 'tight', 'does-not-fit']);
});

test('with an indexer, whose scores are for every token, the buffers may be far larger', () => {
  const config = readModelConfig(JSON.stringify(glm51), '/m/config.json');
  if (!config.ok) throw new Error(config.error.message);
  const ofModel = (architecture: ReturnType<typeof knownArchitecture>) =>
    llamacppMemory.terms({settings: usualSettings, card: catalogCard(H200), gpuCount: 8, architecture, version: null});
  const plain = ofModel(knownArchitecture());
  const indexed = ofModel(modelOfConfig('/m', config.value).architecture);
  expect(indexed.overheadBytes).toBe(plain.overheadBytes);
  expect(indexed.cautiousOverheadBytes).toBeGreaterThan(8 * 1024 ** 3);
  expect(plain.cautiousOverheadBytes).toBeLessThan(4 * 1024 ** 3);
});
