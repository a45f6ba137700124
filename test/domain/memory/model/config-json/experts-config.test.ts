import {describe, expect, test} from 'vitest';
import {deepseekV3, glm45Air, kimiThinking, llama3, mixtral, qwen3Moe} from '../config-samples.ts';
import {architectureOf, problemOf} from './read-config.ts';

const expertsOf = (config: unknown) => architectureOf(config).experts;

describe('the number of experts', () => {
  test.each(['n_routed_experts', 'num_local_experts', 'num_experts'])('is read from %s', (key) => {
    const {num_local_experts: _, ...config} = mixtral;
    expect(expertsOf({...config, [key]: 16})).toMatchObject({routedExperts: 16, expertsPerToken: 2});
  });

  test('is 0 for a dense model of a class that could have experts', () => {
    const {experts, denseIntermediateSize} = architectureOf({...mixtral, num_local_experts: 0, n_routed_experts: 0});
    expect([experts, denseIntermediateSize]).toEqual([null, 14_336]);
  });

  test('is the other one next to a 0', () => {
    expect(expertsOf({...mixtral, n_routed_experts: 0})).toMatchObject({routedExperts: 8});
  });

  test.each(['num_experts_per_tok', 'moe_layer_freq', 'moe_intermediate_size', 'n_shared_experts'])(
    'a dense model may have %s',
    (key) => {
      expect(expertsOf({...llama3, [key]: 2})).toBeNull();
    },
  );

  test.each([
    ['moe_experts_total', 8],
    ['num_moe_experts', 8],
    ['expert_capacity', 8],
    ['moe_topk', 2],
  ])('under an unknown name (%s) is refused, not treated as a dense model', (key, value) => {
    expect(problemOf({...llama3, [key]: value}).message).toContain(`${key} means experts`);
    expect(expertsOf({...llama3, [key]: 0})).toBeNull();
    expect(expertsOf({...llama3, [key]: 'eight'})).toBeNull();
  });

  test('all experts for each token is the maximum; one more, or none, is refused', () => {
    expect(expertsOf({...mixtral, num_experts_per_tok: 8})).toMatchObject({expertsPerToken: 8});
    const {num_experts_per_tok: _, ...config} = mixtral;
    expect(problemOf(config).message).toContain('num_experts_per_tok is missing, expected a number from 1 to 8');
  });
});

describe('which layers have experts', () => {
  test.each([
    ['all', {}, 0, 1],
    ['all but the first', {first_k_dense_replace: 3}, 3, 1],
    ['every second, from the first', {moe_layer_freq: 2}, 0, 2],
    ['every second, behind a dense one', {moe_layer_freq: 2, first_k_dense_replace: 1}, 2, 2],
    ['every third, as DeepSeek counts', {moe_layer_freq: 3, first_k_dense_replace: 4}, 6, 3],
    ['every second, as Qwen counts', {decoder_sparse_step: 2}, 1, 2],
    ['every fourth, as Qwen counts', {decoder_sparse_step: 4}, 3, 4],
    ['fewer layers than a step', {decoder_sparse_step: 100}, 48, 1],
    ['every second, behind a named one', {mlp_only_layers: [0], decoder_sparse_step: 2}, 1, 2],
    ['all but named first ones', {mlp_only_layers: [0, 1]}, 2, 1],
    ['named in any order, twice', {mlp_only_layers: [1, 0, 1]}, 2, 1],
    ['named ones, and more by number', {mlp_only_layers: [0], first_k_dense_replace: 2}, 2, 1],
    ['named ones, fewer by number', {mlp_only_layers: [0, 1, 2], first_k_dense_replace: 1}, 3, 1],
    ['none of them dense by a list', {mlp_only_layers: []}, 0, 1],
  ])('%s', (_, change, firstDenseLayers, layerStep) => {
    expect(expertsOf({...qwen3Moe, ...change})).toMatchObject({firstDenseLayers, layerStep});
  });

  test.each([[{mlp_only_layers: [1]}], [{mlp_only_layers: [0, 2]}], [{mlp_only_layers: [3], decoder_sparse_step: 2}]])(
    'dense layers between expert layers: %j',
    (change) => {
      const {message} = problemOf({...qwen3Moe, ...change});
      expect(message).toContain('mlp_only_layers has dense layers in between');
    },
  );

  test('all layers dense is the maximum', () => {
    expect(expertsOf({...glm45Air, first_k_dense_replace: 46})).toMatchObject({firstDenseLayers: 46});
    expect(problemOf({...glm45Air, first_k_dense_replace: 47}).message).toContain('first_k_dense_replace is 47');
  });
});

describe('sizes', () => {
  test('the experts of Mixtral have the size of any feed-forward layer', () => {
    expect(expertsOf(mixtral)).toMatchObject({expertIntermediateSize: 14_336});
    expect(problemOf({...mixtral, intermediate_size: null}).message).toContain('moe_intermediate_size is missing');
  });

  test('with dense layers between them, experts and dense layers each need their own size', () => {
    const {moe_intermediate_size: _, ...config} = glm45Air;
    expect(problemOf(config).message).toContain('moe_intermediate_size is missing');
    expect(problemOf({...qwen3Moe, moe_intermediate_size: null, decoder_sparse_step: 2}).message).toContain(
      'moe_intermediate_size is missing',
    );
    expect(problemOf({...glm45Air, intermediate_size: null}).message).toContain('intermediate_size is missing');
    expect(architectureOf({...qwen3Moe, intermediate_size: null}).denseIntermediateSize).toBe(0);
  });

  test('a dense model without the size of its layers is refused', () => {
    expect(problemOf({...llama3, intermediate_size: null}).message).toContain('intermediate_size is missing');
  });

  test.each([
    ['n_shared_experts', 2, 2, 2 * 768],
    ['num_shared_experts', 3, 3, 3 * 768],
    ['shared_expert_intermediate_size', 5632, 1, 5632],
    ['shared_intermediate_size', 100, 1, 100],
    ['shared_intermediate_size', 0, 0, 0],
  ])('%s of %i', (key, value, sharedExperts, sharedIntermediateSize) => {
    expect(expertsOf({...qwen3Moe, [key]: value})).toMatchObject({sharedExperts, sharedIntermediateSize});
  });

  test('without experts there is no shared expert', () => {
    expect(expertsOf(qwen3Moe)).toMatchObject({sharedExperts: 0, sharedIntermediateSize: 0});
  });
});

describe('a correction bias of the router', () => {
  test.each([
    ['deepseek_v3', {}, true],
    ['kimi_k2', {}, true],
    ['kimi_k25', {}, true],
    ['kimi_vl', {}, true],
    ['glm4_moe', {}, true],
    ['glm4v_moe', {}, true],
    ['dots1', {}, true],
    ['deepseek_v2', {}, false],
    ['my_kimi', {}, false],
    ['other', {topk_method: 'noaux_tc'}, true],
    ['deepseek_v3', {topk_method: 'greedy'}, false],
    ['other', {use_routing_bias: true}, true],
    ['other', {moe_router_enable_expert_bias: true}, true],
    ['other', {use_routing_bias: false, moe_router_enable_expert_bias: false}, false],
    ['other', {use_routing_bias: true, topk_method: 'greedy'}, true],
  ])('%s with %j: %s', (model_type, change, hasCorrectionBias) => {
    const {topk_method: _, ...config} = deepseekV3;
    expect(expertsOf({...config, ...change, model_type})).toMatchObject({hasCorrectionBias});
  });

  test('a Kimi without latent attention has none, despite its name', () => {
    expect(expertsOf({...qwen3Moe, model_type: 'kimi_small'})).toMatchObject({hasCorrectionBias: false});
    const {topk_method: _, ...kimi} = kimiThinking;
    expect(expertsOf({...kimi, model_type: null})).toMatchObject({hasCorrectionBias: false});
  });
});
