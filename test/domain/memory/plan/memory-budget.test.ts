import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {kvElementsPerLayer} from '../../../../src/domain/memory/kv-cache-size.ts';
import type {Architecture} from '../../../../src/domain/memory/model/architecture.ts';
import {modelOfConfig} from '../../../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../../../src/domain/memory/model/config-json/model-config.ts';
import {publishedQuantization} from '../../../../src/domain/memory/model/quantization.ts';
import {weightParts} from '../../../../src/domain/memory/model/weights.ts';
import {placeWeights, singleCard} from '../../../../src/domain/memory/placement.ts';
import {divideCard, longestContextTokens} from '../../../../src/domain/memory/plan/memory-budget.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {deepseekV32} from '../model/hybrid-configs.ts';
import {H100, H200, knownArchitecture, planInput} from '../plan-samples.ts';

const kimi = knownArchitecture();
const grouped = (kvHeads: number): Architecture => ({
  ...kimi,
  attention: {
    kind: 'gqa',
    heads: 64,
    kvHeads,
    headSize: 128,
    hasQueryKeyValueBias: false,
    hasOutputBias: false,
    hasQueryKeyNorms: false,
    hasOutputGate: false,
    hasSinks: false,
  },
});

const draft = ['--speculative-config', '{"method":"eagle3","model":"lightseekorg/kimi-k2-eagle3"}'];

describe('a draft model', () => {
  const without = divideCard(planInput(H200));
  const with_ = divideCard(planInput(H200, {extraArguments: draft}));

  test('subtracts its weights and what they work with from the pool, to the byte', () => {
    const draftBytes = Math.round(2.35 * BYTES_PER_GIB);
    expect(without.draftBytes).toBe(0);
    expect(with_.draftBytes).toBe(draftBytes);
    expect(with_.overheadBytes).toBeGreaterThan(without.overheadBytes);
    expect(without.poolBytes - with_.poolBytes).toBe(draftBytes + with_.overheadBytes - without.overheadBytes);
  });

  test('adds its layer to every token: 62 x 576 elements of two bytes', () => {
    expect([without.bytesPerToken, with_.bytesPerToken]).toEqual([61 * 576 * 2, 62 * 576 * 2]);
  });

  test('is part of the weights of the plan, so that the parts add up', () => {
    const plan = planMemory(planInput(H200, {extraArguments: draft}));
    const {weightsBytes, kvCachePoolBytes, overheadBytes, budgetBytes, totalBytes} = plan.perGpu;
    expect(weightsBytes).toBe(with_.weights.totalBytes + with_.draftBytes);
    expect(weightsBytes + kvCachePoolBytes + overheadBytes).toBe(budgetBytes);
    expect(totalBytes).toBe(budgetBytes);
    expect(plan.kvCache.bytesPerToken).toBe(62 * 576 * 2);
  });

  test('takes nothing from a pool that is fixed in bytes, but its layer reduces the tokens', () => {
    const fixed = ['--kv-cache-memory-bytes', String(10 * BYTES_PER_GIB)];
    const plain = divideCard(planInput(H200, {extraArguments: fixed}));
    const drafting = divideCard(planInput(H200, {extraArguments: [...fixed, ...draft]}));
    expect([plain.poolBytes, drafting.poolBytes]).toEqual([10 * BYTES_PER_GIB, 10 * BYTES_PER_GIB]);
    expect(drafting.capacity.capacityTokens).toBeLessThan(plain.capacity.capacityTokens);
  });
});

function configOf(config: object) {
  const read = readModelConfig(JSON.stringify(config), '/models/m/config.json');
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

describe('pipeline stages', () => {
  test('are limited by the one that holds the fewest tokens', () => {
    const input = planInput(H200, {tensorParallelSize: 4, pipelineParallelSize: 2});
    const budget = divideCard(input);
    const stages = placeWeights(kimi, input.model.parts, budget.terms.placement);
    expect(stages.map(({layers}) => layers)).toEqual([31, 30]);
    expect(budget.weights).toEqual(stages[0]);
    expect(budget.bytesPerToken).toBe(31 * 576 * 2);
  });

  test.each([2, 3, 4])('that hold no token at all (%i of them) are limited by the one that lacks the most', (count) => {
    const input = planInput(H100, {
      tensorParallelSize: 2,
      pipelineParallelSize: count,
      memoryFraction: 0.5,
      maxRunningRequests: 1,
    });
    const budget = divideCard(input);
    const stages = placeWeights(kimi, input.model.parts, budget.terms.placement).map(({totalBytes}) => totalBytes);
    const heaviest = Math.max(...stages);
    // With three and four stages that is none at an end, which an order of the stages would find by itself.
    expect(stages.indexOf(heaviest)).toBe(count === 2 ? 0 : count - 2);
    expect(budget.capacity.longestSequenceTokens).toBe(0);
    expect(budget.weights.totalBytes).toBe(heaviest);
  });

  test('sample on the last one only: with many requests that is the fullest', () => {
    const stages = {tensorParallelSize: 2, pipelineParallelSize: 4};
    const few = divideCard(planInput(H200, {...stages, maxRunningRequests: 1}));
    const many = divideCard(planInput(H200, {...stages, maxRunningRequests: 8192}));
    expect([few.weights.isLast, many.weights.isLast]).toEqual([false, true]);
    const labels = [few, many].map(({terms}) => terms.overheadParts.map(({label}) => label));
    expect(labels.map((each) => each.includes('Overhead: sampler'))).toEqual([false, true]);
    expect(few.overheadBytes).toBe(few.terms.overheadParts.reduce((sum, {bytes}) => sum + bytes, 0));
    // What the first stages may hold at most is what a plan of few requests is tight by, not what the last one may.
    const {cautiousOverheadBytes} = few.terms;
    expect(divideCard(planInput(H200, stages), (terms) => terms.cautiousOverheadBytes).overheadBytes).toBeGreaterThan(
      cautiousOverheadBytes,
    );
  });

  test('of any number hold all layers and the complete checkpoint, with the remainder before the last', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 61}), (count) => {
        const stages = placeWeights(kimi, weightParts(kimi, publishedQuantization('int4')), {
          ...singleCard,
          stages: count,
        });
        const layers = stages.map((stage) => stage.layers);
        expect(layers.reduce((sum, each) => sum + each, 0)).toBe(61);
        expect(Math.max(...layers) - Math.min(...layers)).toBeLessThanOrEqual(1);
        expect(layers.at(-1)).toBe(Math.floor(61 / count));
      }),
    );
  });

  test('61 layers in four stages are 15, 15, 16 and 15; in seven the five before the last have one more', () => {
    const layersOf = (count: number) =>
      placeWeights(kimi, weightParts(kimi, publishedQuantization('int4')), {...singleCard, stages: count}).map(
        ({layers}) => layers,
      );
    expect(layersOf(4)).toEqual([15, 15, 16, 15]);
    expect(layersOf(7)).toEqual([8, 9, 9, 9, 9, 9, 8]);
  });
});

describe('a draft with pipeline stages', () => {
  test('is on the last stage alone: the first one has neither its weights nor its layer of the cache', () => {
    // The first stage has 31 of 61 layers and is the fullest, with and without the draft.
    const stages = {tensorParallelSize: 2, pipelineParallelSize: 4, maxRunningRequests: 1};
    const without = divideCard(planInput(H200, stages));
    const drafting = divideCard(planInput(H200, {...stages, extraArguments: draft}));
    expect(without.weights.isLast).toBe(false);
    expect(drafting.weights).toEqual(without.weights);
    expect(drafting.draftBytes).toBe(0);
    expect(drafting.bytesPerToken).toBe(without.bytesPerToken);
  });

  test("of the checkpoint's own layers is divided as the last stage, which has the head and no embedding", () => {
    const onDisk = modelOfConfig('/models/m/config.json', configOf(deepseekV32));
    const change = {
      tensorParallelSize: 4,
      pipelineParallelSize: 2,
      extraArguments: ['--speculative-config', '{"method":"mtp","num_speculative_tokens":1}'],
    };
    const input = planInput(H200, {...change, model: 'm'}, {onDisk});
    const budget = divideCard(input);
    const stages = placeWeights(input.model.architecture, input.model.parts, budget.terms.placement);
    const textBytes = input.model.parts.reduce((sum, part) => sum + part.bytes, 0);
    expect(stages.map(({isLast}) => isLast)).toEqual([false, true]);
    expect(stages.reduce((sum, {undividedBytes}) => sum + undividedBytes, 0)).toBe(textBytes);
    const last = stages[1];
    if (last === undefined) throw new Error('no second stage');
    expect(budget.weights).toEqual(last);
    const share = (last.shardedBytes + last.replicatedBytes) / last.undividedBytes;
    expect(budget.draftBytes).toBe(Math.ceil((input.model.prediction?.bytes ?? 0) * share));
    expect(budget.draftBytes).toBeGreaterThan((input.model.prediction?.bytes ?? 0) / 4);
  });
});

describe('grouped attention on more ranks than KV heads', () => {
  const parts = (kvHeads: number) => weightParts(grouped(kvHeads), publishedQuantization('int4'));
  const kvPart = (kvHeads: number) => parts(kvHeads).filter(({name}) => name === 'attention-kv');
  const perRank = (kvHeads: number, ranks: number): number => {
    const [stage] = placeWeights(grouped(kvHeads), kvPart(kvHeads), {...singleCard, attentionRanks: ranks});
    return stage?.totalBytes ?? Number.NaN;
  };

  test('8 heads on 16 ranks: each rank keeps one complete head, an eighth and not a sixteenth', () => {
    const bytes = kvPart(8).reduce((sum, part) => sum + part.bytes, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(perRank(8, 16)).toBe(Math.ceil(bytes / 8));
    expect(perRank(8, 8)).toBe(Math.ceil(bytes / 8));
    expect(perRank(8, 4)).toBe(Math.ceil(bytes / 4));
  });

  test('10 heads on 4 ranks: the fullest rank has 3 of them in its cache', () => {
    expect(kvElementsPerLayer(grouped(10), 4)).toBe(2 * 3 * 128);
    expect(kvElementsPerLayer(grouped(8), 4)).toBe(2 * 2 * 128);
  });
});

describe('the overhead', () => {
  const learned = {overheadBytes: 5 * BYTES_PER_GIB, basis: 'one start'};

  test('that was measured replaces the default, and a requested one replaces both', () => {
    const standard = divideCard(planInput(H200));
    const input = planInput(H200, {}, {learned});
    expect(divideCard(input).overheadBytes).toBe(5 * BYTES_PER_GIB);
    expect(divideCard(input).poolBytes - standard.poolBytes).toBe(standard.overheadBytes - 5 * BYTES_PER_GIB);
    expect(divideCard(input, () => 7 * BYTES_PER_GIB).overheadBytes).toBe(7 * BYTES_PER_GIB);
  });
});

describe('the longest context', () => {
  test('is limited by the model, and by the complete blocks in the pool', () => {
    expect(longestContextTokens(planInput(H200))).toBe(262_144);
    const tight = planInput(H100, {memoryFraction: 0.95});
    const {poolBytes, bytesPerToken, terms} = divideCard(tight);
    const blocks = Math.floor(poolBytes / (bytesPerToken * terms.blockTokens));
    expect(longestContextTokens(tight)).toBe(Math.max(0, blocks) * terms.blockTokens);
  });

  test('is 0 if the weights alone are too large', () => {
    expect(longestContextTokens(planInput(H100, {memoryFraction: 0.5}))).toBe(0);
  });
});
