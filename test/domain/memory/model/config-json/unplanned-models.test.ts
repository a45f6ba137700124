import {describe, expect, test} from 'vitest';
import {kimiK25, llama3, qwen25} from '../config-samples.ts';
import {architectureOf, problemOf} from './read-config.ts';

/** Models of transformers whose cache or matrices follow other rules than the plan's: by what they are. */
const refusedTypes = [
  ...['bamba', 'falcon_h1', 'falcon_mamba', 'granitemoehybrid', 'jamba', 'mamba', 'mamba2', 'plamo2'],
  ...['zamba', 'zamba2', 'minimax', 'minimax_text_01'],
  ...['lfm2', 'lfm2_moe', 'recurrent_gemma', 'rwkv', 'cohere2', 'gemma2', 'gemma3n'],
  ...['gemma3n_text', 'deepseek_v4', 'kimi_k3', 'minimax_m3', 'mllama'],
  ...['mllama_text_model', 'deci', 'nemotron-nas', 'openelm', 'arcee', 'bert', 'bloom', 'dbrx', 'falcon', 'gpt2'],
  ...['gpt_bigcode', 'gpt_neo', 'gpt_neox', 'gptj', 'mpt', 'nemotron', 'opt', 'persimmon', 'phi', 'roberta'],
  ...['starcoder2', 'stablelm_alpha', 'xlm-roberta'],
];

describe('a model with other rules', () => {
  test.each(refusedTypes)('%s is refused by name, at the top level and as a text tower', (model_type) => {
    for (const config of [
      {...llama3, model_type},
      {model_type: 'some_vl', text_config: {...llama3, model_type}},
      {...kimiK25, model_type},
    ]) {
      expect(problemOf(config)).toMatchObject({
        code: 'memory.unknown-architecture',
        message: expect.stringContaining(model_type),
      });
    }
  });

  test('a name that is only similar is not refused', () => {
    for (const model_type of ['gemma', 'phi3', 'falcon3', 'constructor', 'toString', 'opt2']) {
      expect(architectureOf({...llama3, model_type}).layers).toBe(32);
    }
  });
});

describe('a key that only such a model has', () => {
  const keys = [
    ...[
      'attention_chunk_size',
      'attn_res_block_size',
      'attn_type_list',
      'block_configs',
      'compress_ratios',
      'cross_attention_layers',
    ],
    ...[
      'full_attention_interval',
      'hidden_size_per_layer_input',
      'hybrid_override_pattern',
      'index_topk',
      'layers_block_type',
      'linear_attn_config',
    ],
    ...['mamba_d_state', 'mla_use_output_gate', 'num_kv_shared_layers', 'routed_expert_hidden_size'],
    ...['sliding_window_pattern', 'sparse_attention_config', 'ssm_state_size', 'state_size'],
  ];

  test.each(keys)('%s is reported with its path', (key) => {
    expect(problemOf({...llama3, [key]: 4}).message).toContain(`${key} `);
    const tower = {...kimiK25.text_config, [key]: ['x']};
    expect(problemOf({...kimiK25, text_config: tower}).message).toContain(`text_config.${key} `);
  });

  test.each([null, false, 0, [[]]])('set to %j has no effect', (value) => {
    for (const key of keys)
      expect(architectureOf({...llama3, [key]: value === null ? null : [value].flat()[0]}).layers).toBe(32);
  });

  test('with an empty list has no effect', () => {
    for (const key of keys) expect(architectureOf({...llama3, [key]: []}).layers).toBe(32);
  });
});

describe('layers of several kinds', () => {
  test.each([
    [['full_attention', 'attention'], true],
    [[], true],
    ['full_attention', true],
    [['full_attention', 'linear_attention'], false],
    [['attention', 7], false],
  ])('layer_types %j: %s', (layer_types, isTaken) => {
    if (isTaken) expect(architectureOf({...llama3, layer_types}).layers).toBe(32);
    else expect(problemOf({...llama3, layer_types}).message).toContain('layer_types');
  });
});

describe('a sliding window', () => {
  test('limits the cache where it is shorter than the context', () => {
    expect(problemOf({...llama3, sliding_window: 8191}).message).toContain('8191');
    expect(problemOf({...qwen25, use_sliding_window: true, sliding_window: 4096}).message).toContain('sliding_window');
  });

  test('as long as the context, unused, or not a number limits nothing', () => {
    for (const change of [
      {sliding_window: 8192},
      {sliding_window: 4096, use_sliding_window: false},
      {sliding_window: 'none'},
      {sliding_window: null},
    ]) {
      expect(architectureOf({...llama3, ...change}).layers).toBe(32);
    }
  });
});

describe('other shapes', () => {
  test.each<[string, object, boolean]>([
    ['a decoder beside an encoder', {is_encoder_decoder: true}, false],
    ['no encoder', {is_encoder_decoder: false}, true],
    ['an audio tower', {audio_config: {}}, false],
    ['biases in feed-forward layers', {mlp_bias: true}, false],
    ['no biases there', {mlp_bias: false}, true],
    ...['gelu', 'gelu_new', 'gelu_fast', 'relu', 'relu2'].map(
      (act) => [act, {hidden_act: act}, false] satisfies [string, object, boolean],
    ),
    ...['silu', 'swiglu', 'gelu_pytorch_tanh', 'my_gelu'].map(
      (act) => [act, {hidden_act: act}, true] satisfies [string, object, boolean],
    ),
    ['gelu under its other name', {hidden_act: null, hidden_activation: 'gelu'}, false],
    ['gelu of Gemma, which has a gate', {hidden_act: 'gelu', model_type: 'gemma'}, true],
    ['an activation that is no text', {hidden_act: 7}, true],
  ])('%s', (_, change, isTaken) => {
    if (isTaken) expect(architectureOf({...llama3, ...change}).layers).toBe(32);
    else expect(problemOf({...llama3, ...change}).code).toBe('memory.unknown-architecture');
  });

  test.each(['multi_query', 'multi_query_group_num', 'num_kv_heads', 'n_kv_heads'])(
    'KV heads under the name %s are refused, unless the ordinary name is there',
    (key) => {
      const {num_key_value_heads: _, ...config} = llama3;
      expect(problemOf({...config, [key]: 2}).message).toContain(key);
      expect(architectureOf({...llama3, [key]: 2}).attention).toMatchObject({kvHeads: 8});
    },
  );
});

describe('names and embeddings', () => {
  const {architectures: _, ...nameless} = llama3;

  test.each([
    [{...llama3, architectures: ['LlamaForCausalLM', 'Other']}, 'Llama'],
    [{...llama3, architectures: ['ForCausalLM']}, 'ForCausalLM'],
    [nameless, 'llama'],
    [{...nameless, model_type: 'a b'}, 'a model without a name'],
    [{...nameless, model_type: 'x'.repeat(101)}, 'a model without a name'],
    [{...nameless, model_type: 'x'.repeat(100)}, 'x'.repeat(100)],
    [{...llama3, architectures: 'LlamaForCausalLM'}, 'llama'],
    [{model_type: 'vl', text_config: llama3}, 'Llama'],
  ])('%# is called', (config, name) => {
    expect(architectureOf(config).name).toBe(name);
  });

  test.each([
    [{}, false],
    [{tie_word_embeddings: true}, true],
    [{tie_word_embeddings: 'yes'}, false],
    [{model_type: 'gemma'}, true],
    [{model_type: 'cohere'}, true],
    [{model_type: 'my_gemma'}, false],
    [{model_type: 'gemma', tie_word_embeddings: false}, false],
  ])('embeddings of %j are tied: %s', (change, expected) => {
    const {tie_word_embeddings: _stated, ...config} = llama3;
    expect(architectureOf({...config, ...change}).tiesEmbeddings).toBe(expected);
  });

  test('the text tower overrides the top level', () => {
    const {tie_word_embeddings: _stated, ...tower} = llama3;
    const tied = (top: boolean, own?: boolean) =>
      architectureOf({
        model_type: 'vl',
        tie_word_embeddings: top,
        text_config: own === undefined ? tower : {...tower, tie_word_embeddings: own},
      }).tiesEmbeddings;
    expect([tied(true), tied(true, false), tied(false, true)]).toEqual([true, false, true]);
  });

  test.each(['text_config', 'language_config', 'llm_config'])('a text tower may be below %s', (key) => {
    expect(architectureOf({model_type: 'vl', [key]: llama3}).hiddenSize).toBe(4096);
  });

  test.each([
    [{type: 'yarn', factor: 4}, 32_768],
    [{type: 'yarn', original_max_position_embeddings: 1000}, 1000],
    [{rope_type: 'dynamic', factor: 2.5}, 20_480],
    [{rope_type: 'linear'}, 8192],
    [{rope_type: 'default', type: 'yarn', factor: 4}, 8192],
    [{factor: 4}, 8192],
  ])('the longest context with %j is %i', (rope, expected) => {
    expect(architectureOf({...llama3, rope_scaling: rope}).maxContextTokens).toBe(expected);
    const {rope_scaling: _rope, ...config} = llama3;
    expect(architectureOf({...config, rope_parameters: rope}).maxContextTokens).toBe(expected);
  });

  test.each([
    ['rope_type', 7],
    ['type', 7],
    ['factor', 'four'],
    ['factor', 0.5],
    ['factor', 65_537],
    ['original_max_position_embeddings', 0],
  ])('rope_scaling.%s = %j is refused', (key, value) => {
    const problem = problemOf({...llama3, rope_scaling: {[key]: value}});
    expect(problem.message).toContain(`rope_scaling.${key} is ${JSON.stringify(value)}, expected `);
    expect(problem.message).not.toMatch(/invalid|received|too (?:small|big)/i);
  });

  test('more parameters than any model has are refused', () => {
    expect(
      problemOf({...llama3, num_hidden_layers: 1024, hidden_size: 262_144, intermediate_size: 4_194_304}),
    ).toMatchObject({
      code: 'memory.broken-config',
    });
  });
});

describe('the vision tower', () => {
  const vision = (change: object) => ({...kimiK25, vision_config: {...kimiK25.vision_config, ...change}});

  test('is read with or without its prefix, the prefixed key first', () => {
    const read = architectureOf(vision({num_hidden_layers: 1, hidden_size: 2, intermediate_size: 3})).vision;
    expect(read).toEqual({
      layers: 27,
      hiddenSize: 1152,
      intermediateSize: 4304,
      patchSize: 14,
      positionGrid: 64,
      mergeSize: 2,
    });
    expect(architectureOf({...kimiK25, vision_config: undefined}).vision).toBeNull();
  });

  test.each([
    ['a grid that is not square', {init_pos_emb_width: 32}],
    ['a merge that is not square', {merge_kernel_size: [2, 1]}],
    ['no layers', {vt_num_hidden_layers: null}],
    ['no width', {vt_hidden_size: null}],
    ['no feed-forward size', {vt_intermediate_size: null}],
    ['another projector', {mm_projector_type: 'mlp'}],
    ['a side of 0', {patch_size: 0}],
    ['a side of 1,025', {init_pos_emb_height: 1025, init_pos_emb_width: 1025}],
    ['513 layers', {vt_num_hidden_layers: 513}],
    ['a width of 65,537', {vt_hidden_size: 65_537}],
  ])('with %s is refused', (_, change) => {
    const problem = problemOf(vision(change));
    expect(problem.code).toBe('memory.broken-config');
    expect(problem.message).toContain('vision_config');
    expect(problem.message).not.toMatch(/invalid|received|too (?:small|big)/i);
  });

  test('of another kind is refused by name, or as an unnamed one', () => {
    expect(problemOf({...kimiK25, vision_config: {model_type: 'siglip'}})).toMatchObject({
      code: 'memory.unknown-architecture',
      message: expect.stringContaining('"siglip"'),
    });
    expect(problemOf({...kimiK25, vision_config: {}}).message).toContain('model_type');
  });
});
