import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Architecture} from '../../../../../src/domain/memory/model/architecture.ts';
import {type ModelConfig, readModelConfig} from '../../../../../src/domain/memory/model/config-json/model-config.ts';
import {findKnownModel} from '../../../../../src/domain/memory/model/known-models.ts';
import type {ModelProblem} from '../../../../../src/domain/memory/model/model-problem.ts';
import {countParameters} from '../../../../../src/domain/memory/model/parameters.ts';
import {checkpointBytes, weightParts} from '../../../../../src/domain/memory/model/weights.ts';
import {
  deepseekV3,
  glm45Air,
  kimiInstruct,
  kimiK25,
  kimiThinking,
  llama3,
  mixtral,
  qwen3Moe,
  qwen25,
} from '../config-samples.ts';

const place = '/models/m/config.json';

function read(config: unknown): ModelConfig {
  const result = readModelConfig(JSON.stringify(config), place);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function problemOf(config: unknown): ModelProblem {
  const result = readModelConfig(typeof config === 'string' ? config : JSON.stringify(config), place);
  if (result.ok) throw new Error('it was read');
  return result.error;
}

const totalOf = (architecture: Architecture): number => countParameters(architecture).total;
const bytesOf = ({architecture, quantization}: ModelConfig): number =>
  checkpointBytes(weightParts(architecture, quantization));

describe('Kimi K2.5 to K2.7 (facts, section 10)', () => {
  const kimi = read(kimiK25);
  const counts = countParameters(kimi.architecture);

  test('1 to 5: the parameters of text, vision, all, attention per layer and routed experts are exact', () => {
    const part = (name: string): number => counts.parts.find((each) => each.name === name)?.parameters ?? Number.NaN;
    expect(counts.text).toBe(1_026_408_232_448);
    expect(part('vision-tower') + part('vision-projector')).toBe(471_143_920);
    expect(counts.total).toBe(1_026_879_376_368);
    expect((part('attention-down') + part('attention-up') + part('attention-norms')) / 61).toBe(101_124_096);
    expect(counts.routedExperts).toBe(1_014_686_023_680);
  });

  test('6 to 8: INT4 needs 594,205,904,896 bytes without and 595,148,192,736 with vision, the published 595 GB', () => {
    expect(bytesOf(read(kimiThinking))).toBe(594_205_904_896);
    expect(bytesOf(kimi)).toBe(595_148_192_736);
    expect(Math.abs(bytesOf(kimi) / 595e9 - 1)).toBeLessThan(0.001);
  });

  test('9: NVFP4 of the experts alone needs the same bytes, whichever file declares it', () => {
    const ignore = ['lm_head', '*self_attn*', '*shared_experts*', '*mlp.gate_proj', '*mlp.up_proj', '*mlp.down_proj'];
    const {quantization_config, ...tower} = kimiK25.text_config;
    expect(quantization_config).toBeDefined();
    const inside = {quant_method: 'modelopt', quant_algo: 'NVFP4', ignore};
    expect(bytesOf(read({...kimiK25, text_config: tower, quantization_config: inside}))).toBe(595_148_192_736);
    const text = JSON.stringify({quantization: {quant_algo: 'NVFP4', group_size: 16, exclude_modules: ignore}});
    const beside = readModelConfig(JSON.stringify({...kimiK25, text_config: tower}), place, {text, place: 'hf.json'});
    expect(beside.ok && bytesOf(beside.value)).toBe(595_148_192_736);
    expect(beside.ok && beside.value.quantization.ignore).toEqual(ignore);
  });

  test('10: the KV cache has 61 layers of 512 + 64 elements', () => {
    const {attention, layers} = kimi.architecture;
    if (attention.kind !== 'mla') throw new Error('it is latent attention');
    const elements = layers * (attention.kvLoraRank + attention.queryKeyRopeHeadSize);
    expect([elements * 2, elements]).toEqual([70_272, 35_136]);
  });

  test('it is the built-in architecture, except for the name', () => {
    const known = findKnownModel('moonshotai/Kimi-K2.7-Code')?.architecture;
    expect({...kimi.architecture, name: ''}).toEqual({...known, name: ''});
    expect(kimi.architecture.name).toBe('KimiK25');
  });

  test('its ignore list is copied unchanged', () => {
    expect(kimi.quantization.ignore).toEqual(kimiK25.text_config.quantization_config.ignore);
  });

  test('a configuration flattened to the top with the vision keys unprefixed is the same', () => {
    const {text_config, vision_config: vision, ...top} = kimiK25;
    const flat = {
      ...text_config,
      ...top,
      vision_config: {
        num_hidden_layers: vision.vt_num_hidden_layers,
        hidden_size: vision.vt_hidden_size,
        intermediate_size: vision.vt_intermediate_size,
        patch_size: 14,
        init_pos_emb_height: 64,
        init_pos_emb_width: 64,
        merge_kernel_size: [2, 2],
      },
    };
    expect(read(flat)).toEqual(kimi);
  });
});

describe('other models', () => {
  test('Kimi K2 Instruct in FP8 blocks needs 1,029.2 GB and keeps the head in 16 bit', () => {
    const kimi = read(kimiInstruct);
    expect(bytesOf(kimi) / 1e9).toBeCloseTo(1029.2, 1);
    expect(kimi.quantization.ignore).toEqual(['lm_head']);
    expect(kimi.architecture.maxContextTokens).toBe(131_072);
  });

  test.each([
    ['Llama 3 8B', llama3, 8_030_261_248],
    ['Qwen3-30B-A3B', qwen3Moe, 30_532_122_624],
    ['Mixtral 8x7B', mixtral, 46_702_792_704],
    ['Qwen2.5-7B', qwen25, 7_615_616_512],
    ['DeepSeek V3', deepseekV3, 671_026_419_200],
  ])('%s has exactly its published parameters', (_name, config, total) => {
    expect(totalOf(read(config).architecture)).toBe(total);
  });

  test('without a quantization everything is in 16 bit', () => {
    expect(bytesOf(read(llama3))).toBe(2 * 8_030_261_248);
    expect(read(llama3).quantization.format).toBe('bf16');
  });

  test('GLM-4.5-Air: biases of queries, keys and values without one of the output, and a correction bias', () => {
    const {attention, experts} = read(glm45Air).architecture;
    expect(attention).toMatchObject({hasQueryKeyValueBias: true, hasOutputBias: false, hasQueryKeyNorms: false});
    expect(experts).toMatchObject({firstDenseLayers: 1, hasCorrectionBias: true, sharedIntermediateSize: 1408});
    expect(totalOf(read(glm45Air).architecture) / 1e9).toBeCloseTo(106.85, 1);
  });

  test('Qwen 3 norms queries and keys; every second layer has experts when the step is two', () => {
    const {attention, experts} = read({...qwen3Moe, decoder_sparse_step: 2}).architecture;
    expect(attention).toMatchObject({hasQueryKeyNorms: true, kvHeads: 4, headSize: 128});
    expect(experts).toMatchObject({firstDenseLayers: 1, layerStep: 2});
  });

  test('a shared expert with its own size is one shared expert', () => {
    const {experts} = read({...qwen3Moe, shared_expert_intermediate_size: 5632}).architecture;
    expect(experts).toMatchObject({sharedExperts: 1, sharedIntermediateSize: 5632});
  });

  test('queries without a rank are not compressed', () => {
    const {attention} = read({...deepseekV3, q_lora_rank: null}).architecture;
    expect(attention).toMatchObject({kind: 'mla', queryLoraRank: null});
  });

  test('an unknown name with the ordinary keys is read as grouped attention', () => {
    const {architecture} = read({...llama3, model_type: 'brand_new', architectures: ['BrandNewForCausalLM']});
    expect([architecture.name, architecture.attention.kind]).toEqual(['BrandNew', 'gqa']);
  });

  test.each([
    ['yarn counts from its original length', {type: 'yarn', factor: 4, original_max_position_embeddings: 8192}, 32_768],
    [
      'llama3 has its factor in already',
      {rope_type: 'llama3', factor: 8, original_max_position_embeddings: 8192},
      8192,
    ],
    ['linear multiplies', {rope_type: 'linear', factor: 2}, 16_384],
  ])('the longest context: %s', (_name, rope_scaling, expected) => {
    expect(read({...llama3, rope_scaling}).architecture.maxContextTokens).toBe(expected);
  });
});

describe('refused by name', () => {
  test.each([
    ['gemma2', {...llama3, model_type: 'gemma2'}, 'gemma2 has sliding-window attention'],
    ['bamba', {...qwen3Moe, model_type: 'bamba'}, 'bamba has state-space layers'],
    ['a window', {...llama3, sliding_window: 4096}, 'sliding_window of 4096 tokens'],
    ['layer kinds', {...llama3, layer_types: ['full_attention', 'sliding_attention']}, '"sliding_attention"'],
    ['sparse attention', {...deepseekV3, index_topk: 2048}, 'index_topk stands for sparse attention'],
    ['state space', {...llama3, mamba_d_state: 16}, 'mamba_d_state stands for state-space layers'],
    ['no gate', {...llama3, model_type: 'x', hidden_act: 'gelu'}, 'has no gate'],
    ['an encoder', {...llama3, is_encoder_decoder: true}, 'an encoder with a decoder'],
    ['another vision tower', {...llama3, vision_config: {model_type: 'siglip'}}, 'model_type "siglip"'],
  ])('%s', (_name, config, expected) => {
    const problem = problemOf(config);
    expect(problem.code).toBe('memory.unknown-architecture');
    expect(problem.message).toContain(`${place}: `);
    expect(problem.message).toContain(expected);
  });

  test('a quantization of unknown size is refused with the known ones', () => {
    const problem = problemOf({...llama3, quantization_config: {quant_method: 'bitsandbytes', load_in_4bit: true}});
    expect(problem.code).toBe('memory.unknown-quantization');
    expect(problem.message).toBe(
      `${place}: quantization_config has quant_method "bitsandbytes", which Gantry cannot size.`,
    );
    expect(problem.remedy).toContain('compressed-tensors');
  });

  test.each([
    ['8-bit integers', {quant_method: 'compressed-tensors', config_groups: {a: {weights: {num_bits: 8, type: 'int'}}}}],
    [
      'two kinds of groups',
      {
        quant_method: 'compressed-tensors',
        config_groups: {
          a: {weights: {num_bits: 8, type: 'float', strategy: 'channel'}},
          b: {weights: {num_bits: 4, type: 'float', strategy: 'group'}},
        },
      },
    ],
    [
      'quark by layer',
      {quant_method: 'quark', global_quant_config: {weight: {dtype: 'fp4'}}, layer_quant_config: {a: {}}},
    ],
    ['constructor', {quant_method: 'constructor'}],
  ])('%s too', (_name, quantization_config) => {
    expect(problemOf({...llama3, quantization_config}).code).toBe('memory.unknown-quantization');
  });
});

describe('other methods', () => {
  const linear = (8_030_261_248 - 2 * 128_256 * 4096 - 65 * 4096) as number;
  const rest = 2 * (2 * 128_256 * 4096 + 65 * 4096);

  test.each([
    [
      'quark MXFP4',
      {quant_method: 'quark', global_quant_config: {weight: {dtype: 'fp4', group_size: 32}}, exclude: ['lm_head']},
      4.25,
    ],
    ['AWQ', {quant_method: 'awq', bits: 4, group_size: 128, zero_point: true}, 4 + (2.5 * 8) / 128],
    ['GPTQ', {quant_method: 'gptq', bits: 4, group_size: 128}, 4 + (2.5 * 8) / 128],
    ['modelopt FP8', {quant_method: 'modelopt', quant_algo: 'FP8', exclude_modules: ['lm_head']}, 8],
    ['FP8 without blocks', {quant_method: 'fp8'}, 8],
    [
      'compressed-tensors NVFP4',
      {
        quant_method: 'compressed-tensors',
        format: 'nvfp4-pack-quantized',
        config_groups: {a: {targets: ['Linear'], weights: {num_bits: 4, type: 'float', group_size: 16}}},
        ignore: ['lm_head'],
      },
      4.5,
    ],
  ])('%s: linear layers except the head at their bits', (_name, quantization_config, bits) => {
    const bytes = bytesOf(read({...llama3, quantization_config}));
    // A few scalars a matrix are beside the weights.
    expect(Math.abs(bytes - (linear * bits) / 8 - rest)).toBeLessThan(32 * 7 * 12 + 1);
  });
});

test("numbers that only Python's JSON has are read as none", () => {
  const text = JSON.stringify(llama3).replace('{', '{"limits": [0.0, Infinity, -Infinity], "rate": NaN, ');
  const read = readModelConfig(text, place);
  const plain = readModelConfig(JSON.stringify(llama3), place);
  expect(read.ok && plain.ok && read.value).toEqual(plain.ok && plain.value);
  expect(readModelConfig('{"name": Infinity', place).ok).toBe(false);
});

describe('broken', () => {
  test.each([
    ['not JSON', '{"a": 1\n  "b": 2}', `${place}: is not JSON: a syntax error at line 2 column 3.`],
    ['cut off', '{"hidden_size": 7168,', `${place}: is not JSON: `],
    ['empty', '', `${place}: is not JSON: it ends too early.`],
    ['a list', '[]', `${place}: holds a list of 0, expected an object.`],
  ])('%s', (_name, text, expected) => {
    expect(problemOf(text).message).toContain(expected);
    expect(problemOf(text).code).toBe('memory.broken-config');
  });

  test.each([
    [{...llama3, num_hidden_layers: 1e9}, 'num_hidden_layers is 1000000000, expected a whole number from 1 to 1,024'],
    [{...llama3, hidden_size: -1}, 'hidden_size is -1, expected a whole number from 1 to 262,144'],
    [{...llama3, hidden_size: 1e308}, 'hidden_size is 1e+308'],
    [{...llama3, vocab_size: '128256'}, 'vocab_size is "128256", expected a whole number'],
    [{...llama3, vocab_size: undefined}, 'vocab_size is missing'],
    [{...llama3, num_key_value_heads: [8, 4]}, 'num_key_value_heads is a list of 2'],
    [{...llama3, num_key_value_heads: 5}, 'num_key_value_heads is 5, expected a divisor of num_attention_heads, 32'],
    [{...llama3, hidden_size: 4097}, 'hidden_size is 4097, expected a multiple of num_attention_heads, 32'],
    [{...mixtral, num_experts_per_tok: 9}, 'num_experts_per_tok is 9, expected a number from 1 to 8'],
    [{...mixtral, num_local_experts: undefined, moe_num_experts: 64}, 'moe_num_experts means experts'],
    [{...kimiK25, text_config: {...kimiK25.text_config, kv_lora_rank: -512}}, 'text_config.kv_lora_rank is -512'],
    [
      {...kimiK25, vision_config: {...kimiK25.vision_config, merge_kernel_size: [2]}},
      'vision_config.merge_kernel_size is a list of 1',
    ],
    [{...llama3, quantization_config: 'fp8'}, 'quantization_config is not an object'],
    [
      {...llama3, quantization_config: {quant_method: 'fp8', weight_block_size: [128, 0]}},
      'quantization_config.weight_block_size.1 is 0',
    ],
    [
      {...llama3, quantization_config: {quant_method: 'fp8', modules_to_not_convert: ['re:(a+)+$']}},
      'ignores "re:(a+)+$", expected a few simple patterns',
    ],
    [{...llama3, rope_scaling: {type: 'yarn', factor: 1e308}}, 'rope_scaling.factor is 1e+308'],
  ])('%#: the key, its value and what was expected', (config, expected) => {
    const problem = problemOf(config);
    expect(problem.code).toBe('memory.broken-config');
    expect(problem.message.startsWith(`${place}: `)).toBe(true);
    expect(problem.message).toContain(expected);
  });

  test.each([
    ['plain names', Array.from({length: 10_000}, (_, index) => `model.layers.${index}`), true],
    ['more than 10,000 names', Array.from({length: 10_001}, (_, index) => `model.layers.${index}`), false],
    ['patterns of one repetition', Array.from({length: 1000}, (_, index) => `*layers.${index}.self_attn`), true],
    ['more than 1,000 of those', Array.from({length: 1001}, (_, index) => `*layers.${index}.self_attn`), false],
    ['more than 8 of three repetitions', Array.from({length: 9}, (_, index) => `re:.*a.*b.*${index}`), false],
    ['five repetitions', ['*a*b*c*d*'], false],
  ])('a list of %s is accepted, or is too slow to match', (_name, modules_to_not_convert, isTaken) => {
    const quantization_config = {quant_method: 'fp8', modules_to_not_convert};
    expect(readModelConfig(JSON.stringify({...llama3, quantization_config}), place).ok).toBe(isTaken);
  });

  test('a value never puts control characters into a message', () => {
    expect(problemOf({...llama3, hidden_size: '\u001b[31m\u009b\u202e'}).message).toMatch(/^[\x20-\x7e]*$/);
  });
});

describe('whatever a configuration holds', () => {
  const absurd = fc.oneof(
    fc.constantFrom(-1, 0, 1, 1e9, 1e308, -1e308, 0.5, 2 ** 53, null, true, '', 'x', [], {}, [1, [2]]),
    fc.jsonValue({maxDepth: 2}),
  );
  const samples = [kimiK25, kimiInstruct, llama3, qwen3Moe, mixtral, glm45Air];

  test('any keys replaced by anything give a problem, or integer positive parameters and bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.nat(60), absurd), {minLength: 1, maxLength: 3}),
        (sample, changes) => {
          const config: Record<string, unknown> = structuredClone(sample);
          const inner = config['text_config'];
          const tower: Record<string, unknown> = typeof inner === 'object' && inner !== null ? {...inner} : config;
          if (tower !== config) config['text_config'] = tower;
          const keys = Object.keys(tower);
          for (const [index, value] of changes) tower[keys[index % keys.length] ?? 'x'] = value;
          const result = readModelConfig(JSON.stringify(config), place);
          if (!result.ok) {
            expect(result.error.message.startsWith(place)).toBe(true);
            return;
          }
          const bytes = bytesOf(result.value);
          expect(Number.isSafeInteger(totalOf(result.value.architecture))).toBe(true);
          expect(Number.isFinite(bytes) && bytes > 0).toBe(true);
        },
      ),
      {numRuns: 400},
    );
  });

  test('parts add up to the total, and active never exceeds it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.integer({min: 1, max: 200}), (sample, layers) => {
        const config =
          'text_config' in sample
            ? {...sample, text_config: {...sample.text_config, num_hidden_layers: layers}}
            : {...sample, num_hidden_layers: layers};
        const counts = countParameters(read(config).architecture);
        expect(counts.parts.reduce((sum, {parameters}) => sum + parameters, 0)).toBe(counts.total);
        expect(counts.active).toBeLessThanOrEqual(counts.total);
      }),
    );
  });

  test('any text gives a problem with its place', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const result = readModelConfig(text, place);
        expect(result.ok || result.error.message.startsWith(place)).toBe(true);
      }),
    );
  });
});
