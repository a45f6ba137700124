import {describe, expect, test} from 'vitest';
import {llama3} from '../config-samples.ts';
import {deepseekV32, glm52, gptOss20b, gptOss120b, kimiLinear, qwen3Next, qwen35Dense} from '../hybrid-configs.ts';
import {
  gemma3Large,
  gemma3Small,
  gemma4Moe,
  llama4Maverick,
  llama4Scout,
  mimoFlash,
  nemotronNano,
  step35Flash,
} from '../window-configs.ts';
import {architectureOf, problemOf} from './read-config.ts';

const counts = (config: object) => {
  const {layerCaches} = architectureOf(config);
  const of = (kind: string) => (layerCaches ?? []).filter((cache) => cache === kind).length;
  return [of('full'), of('window'), of('linear')];
};

test('a model whose layers all keep every token has no list', () => {
  expect(architectureOf(llama3)).toMatchObject({
    layerCaches: null,
    windowTokens: null,
    linearAttention: null,
    indexer: null,
    predictionLayers: 0,
  });
});

test.each([
  ['Qwen 3 Next, by its interval', qwen3Next, [12, 0, 36]],
  ['Qwen 3.5, by its interval', qwen35Dense, [16, 0, 48]],
  ['gpt-oss, by its list', gptOss20b, [12, 12, 0]],
  ['gpt-oss, alternating', gptOss120b, [18, 18, 0]],
  ['Kimi Linear, by the numbers of its layers', kimiLinear, [7, 0, 20]],
  ['Gemma 3, every sixth', gemma3Large, [10, 52, 0]],
  ['Gemma 4, by its list', gemma4Moe, [5, 25, 0]],
  ['Llama 4, every fourth', llama4Scout, [12, 36, 0]],
  ['MiMo V2, by its pattern', mimoFlash, [9, 39, 0]],
  ['Step 3.5, by its list, which goes on', step35Flash, [12, 33, 0]],
  ['Nemotron 3, by its letters', nemotronNano, [6, 0, 23]],
])('%s: %j', (_, config, expected) => {
  expect(counts(config)).toEqual(expected);
});

test('the order of the layers is as listed', () => {
  expect(architectureOf(qwen3Next).layerCaches?.slice(0, 5)).toEqual(['linear', 'linear', 'linear', 'full', 'linear']);
  expect(architectureOf(kimiLinear).layerCaches?.slice(22)).toEqual(['linear', 'full', 'linear', 'linear', 'full']);
  expect(architectureOf(gptOss20b).layerCaches?.slice(0, 2)).toEqual(['window', 'full']);
});

test('an explicit list counts more than the interval', () => {
  const layer_types = new Array<string>(48).fill('full_attention');
  expect(counts({...qwen3Next, layer_types})).toEqual([48, 0, 0]);
});

test('the state of a gated delta net has the type of the configuration, or 16 bit', () => {
  expect(architectureOf(qwen3Next).linearAttention?.stateElementBytes).toBe(2);
  expect(architectureOf(qwen35Dense).linearAttention?.stateElementBytes).toBe(4);
});

test('windows have the heads that the configuration gives them', () => {
  const shapes = (config: object) => {
    const {attention, windowAttention} = architectureOf(config);
    return [attention, windowAttention].map((shape) =>
      shape?.kind === 'gqa' ? [shape.heads, shape.kvHeads, shape.headSize, shape.valueHeadSize] : shape,
    );
  };
  expect(shapes(gemma3Small)).toEqual([[8, 4, 256, undefined], undefined]);
  expect(shapes(gemma4Moe)).toEqual([
    [16, 2, 512, undefined],
    [16, 8, 256, undefined],
  ]);
  expect(shapes(mimoFlash)).toEqual([
    [64, 4, 192, 128],
    [64, 8, 192, 128],
  ]);
  expect(shapes(step35Flash)).toEqual([
    [64, 8, 128, undefined],
    [96, 8, 128, undefined],
  ]);
  const {attention_other_setting: _, ...alike} = step35Flash;
  expect(shapes(alike)[1]).toBeUndefined();
});

test('a chunk is a window of its own kind, also by a list of layers with rotary positions', () => {
  const {isWindowChunk, windowTokens} = architectureOf(llama4Scout);
  expect([isWindowChunk, windowTokens]).toEqual([true, 8192]);
  const no_rope_layers = Array.from({length: 48}, (_, layer) => (layer < 40 ? 1 : 0));
  expect(counts({...llama4Scout, text_config: {...llama4Scout.text_config, no_rope_layers}})).toEqual([8, 40, 0]);
});

test('an empty list is as none, where the model has it so', () => {
  const scout = (change: object) => ({...llama4Scout, text_config: {...llama4Scout.text_config, ...change}});
  expect(architectureOf(scout({no_rope_layers: [], moe_layers: []}))).toEqual(architectureOf(llama4Scout));
  expect(architectureOf({...nemotronNano, layers_block_type: []})).toEqual(architectureOf(nemotronNano));
  expect(problemOf({...nemotronNano, layers_block_type: [], num_hidden_layers: undefined}).message).toContain(
    'num_hidden_layers is missing',
  );
  expect(problemOf({...gptOss20b, layer_types: []}).message).toContain('layer_types names 0 layers, expected 24.');
});

test('only the list of Step 3.5 may be longer than the model', () => {
  const alternating = (count: number) =>
    Array.from({length: count}, (_, layer) => (layer % 2 === 0 ? 'sliding_attention' : 'full_attention'));
  expect(problemOf({...gptOss20b, layer_types: alternating(36)}).message).toContain(
    'layer_types names 36 layers, expected 24.',
  );
  const text_config = {...gemma3Small.text_config, layer_types: alternating(40)};
  expect(problemOf({...gemma3Small, text_config}).message).toContain(
    'text_config.layer_types names 40 layers, expected 34.',
  );
  expect(problemOf({...step35Flash, layer_types: alternating(44)}).message).toContain('names 44 layers, expected 45.');
});

test('experts are where the configuration has them', () => {
  expect(architectureOf(llama4Maverick).experts).toMatchObject({firstDenseLayers: 1, layerStep: 2, routedExperts: 128});
  expect(architectureOf(mimoFlash).experts).toMatchObject({firstDenseLayers: 1, layerStep: 1});
  expect(architectureOf(step35Flash).experts).toMatchObject({firstDenseLayers: 3, sharedIntermediateSize: 1280});
  expect(architectureOf(gemma4Moe).experts).toMatchObject({expertsPerToken: 8, sharedIntermediateSize: 2112});
});

test('names of layers say the same as letters', () => {
  const names = {M: 'mamba', E: 'moe', '*': 'attention', '-': 'mlp'};
  const {hybrid_override_pattern, ...rest} = nemotronNano;
  const layers_block_type = [...hybrid_override_pattern].map(
    (letter) => Object.entries(names).find(([is]) => is === letter)?.[1],
  );
  expect(architectureOf({...rest, layers_block_type})).toEqual(architectureOf(nemotronNano));
  // Nemotron 3 Ultra gives no number of layers.
  const {num_hidden_layers: _, ...unnumbered} = rest;
  expect(architectureOf({...unnumbered, layers_block_type})).toEqual(architectureOf(nemotronNano));
});

test('an indexer is on every layer, or on those listed as full', () => {
  const on = (config: object) => architectureOf(config).indexer?.isOnLayer.filter(Boolean).length;
  expect([on(deepseekV32), on(glm52)]).toEqual([61, 21]);
  // As Transformers 5 writes it.
  const stated = {...glm52, layer_types: new Array<string>(78).fill('deepseek_sparse_attention')};
  expect(on(stated)).toBe(21);
});

describe('what is missing or impossible is named', () => {
  test.each<[string, object, string]>([
    [
      'no window',
      {...gemma4Moe, text_config: {...gemma4Moe.text_config, sliding_window: undefined}},
      'sliding_window is missing',
    ],
    [
      'no chunk',
      {...llama4Scout, text_config: {...llama4Scout.text_config, attention_chunk_size: null}},
      'attention_chunk_size is null',
    ],
    [
      'a short pattern',
      {...mimoFlash, hybrid_layer_pattern: [0, 1]},
      'hybrid_layer_pattern names 2 layers, expected 48.',
    ],
    ['a pattern of other numbers', {...mimoFlash, hybrid_layer_pattern: [2]}, 'a whole number from 0 to 1'],
    [
      'only windows',
      {...mimoFlash, hybrid_layer_pattern: new Array<number>(48).fill(1)},
      'no layer that keeps every token',
    ],
    [
      'an unknown letter',
      {...nemotronNano, hybrid_override_pattern: `X${'*'.repeat(51)}`},
      'hybrid_override_pattern has "X", expected for each layer one of M, *, -, E',
    ],
    [
      'no attention',
      {...nemotronNano, hybrid_override_pattern: 'M'.repeat(52)},
      'hybrid_override_pattern has no attention',
    ],
    ['no list of blocks', {...nemotronNano, hybrid_override_pattern: undefined}, 'hybrid_override_pattern is missing'],
    ['no heads of Mamba', {...nemotronNano, mamba_num_heads: undefined}, 'mamba_num_heads is missing'],
    [
      'no heads of linear attention',
      {...qwen3Next, linear_num_value_heads: undefined},
      'linear_num_value_heads is missing',
    ],
    ['a short list', {...qwen3Next, layer_types: ['full_attention']}, 'layer_types names 1 layer, expected 48'],
    [
      'an unknown kind',
      {...gptOss20b, layer_types: new Array<string>(24).fill('other')},
      'layer_types has "other", expected for each layer one of full_attention, sliding_attention',
    ],
    [
      'no layer that keeps tokens',
      {...gptOss20b, layer_types: new Array<string>(24).fill('sliding_attention')},
      'no layer that keeps every token',
    ],
    ['no window', {...gptOss20b, sliding_window: null}, 'sliding_window is null'],
    ['no list of linear layers', {...kimiLinear, linear_attn_config: undefined}, 'linear_attn_config is missing'],
    [
      'a layer in both lists',
      {...kimiLinear, linear_attn_config: {...kimiLinear.linear_attn_config, kda_layers: [1, 4]}},
      'do not name each of the 27 layers once',
    ],
    ['no indexer heads', {...deepseekV32, index_n_heads: 0}, 'index_n_heads is 0'],
    ['a short list of indexers', {...glm52, indexer_types: ['full']}, 'indexer_types names 1 layer, expected 78'],
    [
      'an unknown indexer',
      {...glm52, indexer_types: new Array<string>(78).fill('half')},
      'indexer_types has "half", expected for each layer one of full, shared',
    ],
    ['no context', {...kimiLinear, model_max_length: undefined}, 'max_position_embeddings is missing'],
  ])('%s', (_, config, expected) => {
    const problem = problemOf(config);
    expect(problem.code).toBe('memory.broken-config');
    expect(problem.message).toContain(expected);
  });

  test.each(['kimi_linear', 'qwen3_next', 'gpt_oss', 'deepseek_v32', 'glm_moe_dsa'])(
    'the name %s alone does not make a model of that kind',
    (model_type) => {
      expect(problemOf({...llama3, model_type}).code).toBe('memory.broken-config');
    },
  );
});

test.each([
  ['mixed layers of MiniMax', {...llama3, attn_type_list: [1, 1, 0]}],
  ['only linear layers of MiniMax', {...llama3, attn_type_list: [0, 0]}],
  ['an indexer of an unknown model', {...llama3, index_topk: 2048}],
  ['Kimi K3, with experts of another width', {...kimiLinear, routed_expert_hidden_size: 3584}],
  ['a gate of latent attention', {...kimiLinear, mla_use_output_gate: true}],
  ['MiniMax M3', {...llama3, sparse_attention_config: {sparse_block_size: 128}}],
])('%s is refused by name', (_, config) => {
  expect(problemOf(config).code).toBe('memory.unknown-architecture');
});

describe('the vision tower of Qwen 3', () => {
  test('is read with the mergers of its inner layers', () => {
    const vision_config = {...qwen35Dense.vision_config, model_type: 'qwen3_vl', deepstack_visual_indexes: [8, 16, 24]};
    expect(architectureOf({...qwen35Dense, vision_config}).vision).toEqual({
      layers: 27,
      hiddenSize: 1152,
      intermediateSize: 4304,
      patchSize: 16,
      temporalPatchSize: 2,
      positions: 2304,
      mergeSize: 2,
      innerMergers: 3,
    });
  });

  test.each([{depth: 0}, {hidden_size: null}, {num_position_embeddings: 'many'}])('with %j is refused', (change) => {
    const vision_config = {...qwen35Dense.vision_config, ...change};
    expect(problemOf({...qwen35Dense, vision_config})).toMatchObject({
      code: 'memory.broken-config',
      message: expect.stringContaining(`vision_config.${Object.keys(change)[0]} is `),
    });
  });
});
