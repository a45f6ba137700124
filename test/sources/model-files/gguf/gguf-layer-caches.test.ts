import {describe, expect, test} from 'vitest';
import type {Architecture} from '../../../../src/domain/memory/model/architecture.ts';
import {type ModelOnDisk, modelOfConfig} from '../../../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../../../src/domain/memory/model/config-json/model-config.ts';
import {publishedQuantization} from '../../../../src/domain/memory/model/quantization.ts';
import {divideCard} from '../../../../src/domain/memory/plan/memory-budget.ts';
import {readGgufArchitecture} from '../../../../src/sources/model-files/gguf/gguf-architecture.ts';
import type {GgufTensor} from '../../../../src/sources/model-files/gguf/gguf-tensors.ts';
import {
  deepseekV32,
  glm51,
  glm52,
  gptOss20b,
  kimiLinear,
  qwen3Next,
} from '../../../domain/memory/model/hybrid-configs.ts';
import {gemma3Large} from '../../../domain/memory/model/window-configs.ts';
import {planInput} from '../../../domain/memory/plan-samples.ts';

type Case = {
  readonly id: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly width: number;
  readonly vocabulary: number;
  /** Names of tensors that say what no key does. */
  readonly tensors: readonly string[];
  /** `config.json` of the same model. */
  readonly config: object;
};

const layers = (count: number, name: string): string[] =>
  Array.from({length: count}, (_, layer) => `blk.${layer}.${name}`);

const cases: readonly Case[] = [
  {
    id: 'gpt-oss',
    width: 2880,
    vocabulary: 201_088,
    keys: {
      block_count: 24,
      context_length: 131_072,
      feed_forward_length: 2880,
      'attention.head_count': 64,
      'attention.head_count_kv': 8,
      'attention.key_length': 64,
      'attention.sliding_window': 128,
      expert_count: 32,
      expert_used_count: 4,
      expert_feed_forward_length: 2880,
    },
    tensors: [
      'output.weight',
      'blk.0.attn_q.bias',
      'blk.0.attn_output.bias',
      'blk.0.attn_sinks.weight',
      'blk.0.ffn_gate_exps.bias',
    ],
    config: gptOss20b,
  },
  {
    id: 'gemma3',
    width: 5376,
    vocabulary: 262_208,
    keys: {
      block_count: 62,
      context_length: 131_072,
      feed_forward_length: 21_504,
      'attention.head_count': 32,
      'attention.head_count_kv': 16,
      'attention.key_length': 128,
      'attention.value_length': 128,
      'attention.sliding_window': 1024,
    },
    tensors: ['blk.0.attn_q_norm.weight'],
    config: {...gemma3Large, vision_config: undefined},
  },
  {
    id: 'qwen3next',
    width: 2048,
    vocabulary: 151_936,
    keys: {
      block_count: 48,
      context_length: 262_144,
      feed_forward_length: 5120,
      'attention.head_count': 16,
      'attention.head_count_kv': 2,
      'attention.key_length': 256,
      'ssm.conv_kernel': 4,
      'ssm.inner_size': 4096,
      'ssm.state_size': 128,
      'ssm.time_step_rank': 32,
      'ssm.group_count': 16,
      expert_count: 512,
      expert_used_count: 10,
      expert_feed_forward_length: 512,
      expert_shared_feed_forward_length: 512,
    },
    tensors: ['output.weight', 'blk.3.attn_q_norm.weight'],
    config: qwen3Next,
  },
  {
    id: 'kimi-linear',
    width: 2304,
    vocabulary: 163_840,
    keys: {
      block_count: 27,
      context_length: 1_048_576,
      feed_forward_length: 9216,
      'attention.head_count': 32,
      'attention.head_count_kv': Array.from({length: 27}, (_, layer) =>
        kimiLinear.linear_attn_config.full_attn_layers.includes(layer + 1) ? 32 : 0,
      ),
      'attention.kv_lora_rank': 512,
      'attention.key_length_mla': 192,
      'attention.value_length_mla': 128,
      'rope.dimension_count': 64,
      'ssm.conv_kernel': 4,
      'kda.head_dim': 128,
      expert_count: 256,
      expert_used_count: 8,
      expert_feed_forward_length: 1024,
      expert_shared_count: 1,
      leading_dense_block_count: 1,
    },
    tensors: ['output.weight', 'blk.1.exp_probs_b.bias'],
    config: kimiLinear,
  },
  ...(['glm-dsa', 'deepseek32'] as const).map((id) => ({
    id,
    width: id === 'glm-dsa' ? 6144 : 7168,
    vocabulary: id === 'glm-dsa' ? 154_880 : 129_280,
    keys: {
      // The layer that predicts further tokens is counted.
      block_count: id === 'glm-dsa' ? 79 : 62,
      nextn_predict_layers: 1,
      context_length: id === 'glm-dsa' ? 202_752 : 163_840,
      feed_forward_length: id === 'glm-dsa' ? 12_288 : 18_432,
      'attention.head_count': id === 'glm-dsa' ? 64 : 128,
      'attention.head_count_kv': 1,
      'attention.q_lora_rank': id === 'glm-dsa' ? 2048 : 1536,
      'attention.kv_lora_rank': 512,
      'attention.key_length_mla': id === 'glm-dsa' ? 256 : 192,
      'attention.value_length_mla': id === 'glm-dsa' ? 256 : 128,
      'rope.dimension_count': 64,
      'attention.indexer.head_count': id === 'glm-dsa' ? 32 : 64,
      'attention.indexer.key_length': 128,
      expert_count: 256,
      expert_used_count: 8,
      expert_feed_forward_length: 2048,
      expert_shared_count: 1,
      leading_dense_block_count: 3,
    },
    tensors: ['output.weight', 'blk.5.exp_probs_b.bias', ...layers(79, 'indexer.attn_k.weight')],
    config: id === 'glm-dsa' ? glm51 : deepseekV32,
  })),
];

function architectureOf({id, keys, width, vocabulary, tensors}: Case, change: Case['keys'] = {}): Architecture {
  const metadata = Object.fromEntries(
    Object.entries({embedding_length: width, ...keys, ...change}).map(([key, value]) => [`${id}.${key}`, value]),
  );
  const named = tensors.map((name): GgufTensor => ({name, shape: [1], bytes: 4}));
  const embedding: GgufTensor = {name: 'token_embd.weight', shape: [width, vocabulary], bytes: 4};
  const read = readGgufArchitecture('/m.gguf', {'general.architecture': id, ...metadata}, [embedding, ...named]);
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

function configured(config: object): Architecture {
  const read = readModelConfig(JSON.stringify(config), '/m/config.json');
  if (!read.ok) throw new Error(read.error.message);
  return modelOfConfig('/m', read.value).architecture;
}

/** Without what differs by the file's form: the name, the type of the states, which is F32 in llama.cpp, and the table that it does not compute. */
function comparable({name: _, linearAttention, predictionLayers: __, rotaryTable: ___, ...rest}: Architecture) {
  return {...rest, linearAttention: linearAttention === null ? null : {...linearAttention, stateElementBytes: 4}};
}

describe('a GGUF of a model with layers of several kinds', () => {
  test.each(cases.map((each) => [each.id, each] as const))('%s has the shapes of its config.json', (_, each) => {
    expect(comparable(architectureOf(each))).toEqual(comparable(configured(each.config)));
  });

  test('GLM-5.2 has an indexer on the layers that the metadata name, or that have its tensors', () => {
    const glm = cases.find(({id}) => id === 'glm-dsa');
    if (glm === undefined) throw new Error('no such case');
    const types = glm52.indexer_types.map((type) => (type === 'full' ? 1 : 0));
    const named = architectureOf(glm, {'attention.indexer.types': types}).indexer?.isOnLayer;
    expect(named?.filter(Boolean)).toHaveLength(21);
    const tensors = layers(78, 'indexer.attn_k.weight').filter((_, layer) => types[layer] === 1);
    expect(architectureOf({...glm, tensors}).indexer?.isOnLayer).toEqual(named);
  });

  test('layers without any that keeps every token, or too few of them, are a broken file', () => {
    const kimi = cases.find(({id}) => id === 'kimi-linear');
    if (kimi === undefined) throw new Error('no such case');
    expect(() => architectureOf(kimi, {'attention.head_count_kv': [0, 32]})).toThrow(/names 2 layers/);
    expect(() => architectureOf(kimi, {'attention.head_count_kv': new Array<number>(27).fill(0)})).toThrow(
      /head_count_kv/,
    );
  });
});

describe('llama.cpp keeps of 65,536 tokens', () => {
  const [tokens, mib] = [65_536, 1024 ** 2];
  // Cells of f16; windows and states in F32 of four slots (`llama-kv-cache*.cpp`, `llama-memory-recurrent.cpp`).
  const expected = new Map([
    ['gpt-oss', 12 * tokens * 2048 + 12 * (4 * 128 + 512) * 2048],
    ['gemma3', 10 * tokens * 8192 + 52 * (4 * 1024 + 512) * 8192],
    ['qwen3next', 12 * tokens * 2048 + 4 * 36 * (3 * 8192 + 128 * 4096) * 4],
    ['kimi-linear', 7 * tokens * 1152 + 4 * 20 * (9 * 4096 + 128 * 4096) * 4],
    ['glm-dsa', 78 * tokens * (1152 + 256)],
    ['deepseek32', 61 * tokens * (1152 + 256)],
  ]);

  test.each(cases.map((each) => [each.id, each] as const))('as much as its source says: %s', (id, each) => {
    const architecture = architectureOf(each);
    const onDisk: ModelOnDisk = {
      ...modelOfConfig('/m.gguf', {architecture, quantization: publishedQuantization('bf16')}),
      format: 'Q4_K_M',
    };
    const change = {engine: 'llamacpp', model: 'm', contextLengthTokens: tokens, tensorParallelSize: 1};
    const {layout, terms} = divideCard(planInput('NVIDIA H200', change, {onDisk}));
    const {bytesPerToken, windowRatio, windowBlocks, stateBlocks} = layout;
    const partial = windowRatio * windowBlocks + stateBlocks;
    const bytes = (tokens + partial * terms.blockTokens) * bytesPerToken;
    expect(bytes).toBeCloseTo(expected.get(id) ?? 0, -1);
    expect(bytes / mib).toBeGreaterThan(10);
  });
});
