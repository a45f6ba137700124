import {describe, expect, test} from 'vitest';
import {gemma4Moe, llama4Maverick, llama4Scout, mimoFlash, nemotronNano, step35Flash} from '../window-configs.ts';
import {architectureOf, problemOf} from './read-config.ts';

const maverick = (change: object) => ({...llama4Maverick, text_config: {...llama4Maverick.text_config, ...change}});
const gemma = (change: object) => ({...gemma4Moe, text_config: {...gemma4Moe.text_config, ...change}});
const switches = (isExpert: (layer: number) => boolean) =>
  Array.from({length: 48}, (_, layer) => (isExpert(layer) ? 1 : 0));

describe('lists of layers with experts', () => {
  test.each<[string, object, number, number]>([
    ['MiMo, every second', {...mimoFlash, moe_layer_freq: switches((layer) => layer % 2 === 1)}, 1, 2],
    ['MiMo, none', {...mimoFlash, moe_layer_freq: switches(() => false)}, 48, 1],
    ['MiMo, the last alone', {...mimoFlash, moe_layer_freq: switches((layer) => layer === 47)}, 47, 1],
    ['MiMo, one before the last', {...mimoFlash, moe_layer_freq: switches((layer) => layer === 40)}, 40, 8],
    ['Step, every third', {...step35Flash, moe_layers_enum: '3,6,9,12,15,18,21,24,27,30,33,36,39,42'}, 3, 3],
    ['Step, as numbers', {...step35Flash, moe_layers_enum: Array.from({length: 44}, (_, index) => index + 1)}, 1, 1],
    ['Step without a list', {...step35Flash, moe_layers_enum: undefined}, 1, 1],
    ['Llama 4', maverick({moe_layers: Array.from({length: 24}, (_, index) => 2 * index + 1)}), 1, 2],
    ['Llama 4, not as its step', maverick({moe_layers: Array.from({length: 12}, (_, index) => 4 * index + 3)}), 3, 4],
  ])('%s', (_, config, firstDenseLayers, layerStep) => {
    expect(architectureOf(config).experts).toMatchObject({firstDenseLayers, layerStep});
  });

  test.each<[object, string]>([
    [
      {...mimoFlash, moe_layer_freq: switches((layer) => layer > 4 || layer === 2)},
      'moe_layer_freq has dense layers in',
    ],
    [{...mimoFlash, moe_layer_freq: switches((layer) => layer < 40)}, 'moe_layer_freq has dense layers in'],
    [{...mimoFlash, moe_layer_freq: [0, 1]}, 'moe_layer_freq names 2 layers, expected 0 or 1 for each of 48 layers'],
    [{...mimoFlash, moe_layer_freq: undefined}, 'moe_layer_freq is missing'],
    [{...mimoFlash, moe_layer_freq: 1}, 'moe_layer_freq is 1, expected a list of 0 and 1'],
    [{...step35Flash, moe_layers_enum: '3,5,7'}, 'moe_layers_enum has dense layers in between'],
    [{...step35Flash, moe_layers_enum: 'all'}, 'moe_layers_enum is "all", expected a list of layers'],
    [maverick({moe_layers: [1, 3, 5]}), 'text_config.moe_layers has dense layers in between'],
  ])('that cannot be planned are refused (%#)', (config, expected) => {
    expect(problemOf(config).message).toContain(expected);
  });
});

describe('a problem names the key that is in the file', () => {
  test.each<[object, string]>([
    [{...mimoFlash, swa_num_attention_heads: undefined}, 'swa_num_attention_heads is missing'],
    [{...mimoFlash, swa_head_dim: 'wide'}, 'swa_head_dim is "wide"'],
    [{...mimoFlash, swa_num_key_value_heads: 7}, '7, expected a divisor of swa_num_attention_heads, 64'],
    [{...mimoFlash, num_attention_heads: undefined}, ': num_attention_heads is missing'],
    [
      {...step35Flash, attention_other_setting: {...step35Flash.attention_other_setting, num_attention_groups: 7}},
      'attention_other_setting.num_attention_groups is 7, expected a divisor of attention_other_setting.num_attention_heads',
    ],
    [{...step35Flash, num_attention_groups: 'x'}, ': num_attention_groups is "x"'],
    [{...step35Flash, moe_num_experts: undefined}, 'expected their number as'],
    [maverick({intermediate_size_mlp: null}), 'text_config.intermediate_size_mlp is missing'],
    [maverick({interleave_moe_layer_step: 0}), 'text_config.interleave_moe_layer_step is 0'],
    [
      {...llama4Scout, text_config: {...llama4Scout.text_config, no_rope_layers: [1, 0]}},
      'text_config.no_rope_layers names 2 layers, expected 48.',
    ],
    [gemma({top_k_experts: 1000}), 'text_config.top_k_experts is 1000'],
    [gemma({num_global_key_value_heads: 3}), 'text_config.num_global_key_value_heads is 3'],
    [{...nemotronNano, moe_latent_size: 0}, 'moe_latent_size is 0'],
    [{...nemotronNano, head_dim: undefined, attention_head_dim: 0}, 'attention_head_dim is 0'],
    [{...nemotronNano, hybrid_override_pattern: 'M'.repeat(52)}, 'has no attention, expected it on at least one layer'],
  ])('%#', (config, expected) => {
    expect(problemOf(config).message).toContain(expected);
  });
});
