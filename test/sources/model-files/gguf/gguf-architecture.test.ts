import {describe, expect, test} from 'vitest';
import type {Architecture} from '../../../../src/domain/memory/model/architecture.ts';
import type {ModelProblem} from '../../../../src/domain/memory/model/model-problem.ts';
import {readGgufArchitecture} from '../../../../src/sources/model-files/gguf/gguf-architecture.ts';
import type {GgufTensor} from '../../../../src/sources/model-files/gguf/gguf-tensors.ts';

type Metadata = Readonly<Record<string, unknown>>;

const latent: Metadata = {
  'general.architecture': 'deepseek2',
  'deepseek2.block_count': 3,
  'deepseek2.context_length': 4096,
  'deepseek2.embedding_length': 64,
  'deepseek2.feed_forward_length': 128,
  'deepseek2.attention.head_count': 2,
  'deepseek2.attention.kv_lora_rank': 32,
  'deepseek2.attention.q_lora_rank': 16,
  'deepseek2.attention.key_length': 6,
  'deepseek2.attention.value_length': 4,
  'deepseek2.rope.dimension_count': 4,
  'deepseek2.expert_count': 4,
  'deepseek2.expert_used_count': 2,
  'deepseek2.expert_feed_forward_length': 32,
  'deepseek2.leading_dense_block_count': 1,
};

const grouped: Metadata = {
  'general.architecture': 'llama',
  'llama.block_count': 2,
  'llama.context_length': 4096,
  'llama.embedding_length': 64,
  'llama.feed_forward_length': 128,
  'llama.attention.head_count': 4,
  'llama.attention.head_count_kv': 2,
};

const tensor = (name: string, ...shape: number[]): GgufTensor => ({name, shape, bytes: 4});
const embedding = tensor('token_embd.weight', 64, 96);

function read(metadata: Metadata, tensors: readonly GgufTensor[] = [embedding]): Architecture {
  const result = readGgufArchitecture('/m.gguf', metadata, tensors);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function problemOf(metadata: Metadata, tensors: readonly GgufTensor[] = [embedding]): ModelProblem {
  const result = readGgufArchitecture('/m.gguf', metadata, tensors);
  if (result.ok) throw new Error('it was read');
  return result.error;
}

/** Metadata without one key. */
function without(metadata: Metadata, key: string): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key));
}

describe('latent attention', () => {
  test('the part of a key without position is what is left of its length', () => {
    expect(read(latent).attention).toMatchObject({kind: 'mla', queryKeyNopeHeadSize: 2, queryKeyRopeHeadSize: 4});
  });

  test('a key that is all position, or shorter, is an error', () => {
    for (const length of [4, 3]) {
      expect(problemOf({...latent, 'deepseek2.attention.key_length': length}).code).toBe('memory.broken-model-file');
    }
  });

  test('a query rank of 0 or without a key is no query rank', () => {
    for (const metadata of [
      {...latent, 'deepseek2.attention.q_lora_rank': 0},
      without(latent, 'deepseek2.attention.q_lora_rank'),
    ]) {
      expect(read(metadata).attention).toMatchObject({kind: 'mla', queryLoraRank: null});
    }
  });
});

describe('grouped attention', () => {
  test.each([
    ['Kimi K2', true],
    ['x'.repeat(100), true],
    ['x'.repeat(101), false],
    ['', false],
    ['\u0007Kimi', false],
    ['Kimi\u0007', false],
    [7, false],
  ])('the name %j is used: %s', (name, isUsed) => {
    expect(read({...grouped, 'general.name': name}).name === name).toBe(isUsed);
  });

  test.each(['blk.0.attn_q.bias', 'blk.0.attn_qkv.bias'])('a bias of the queries: %s', (name) => {
    expect(read(grouped, [embedding, tensor(name, 64)]).attention).toMatchObject({hasQueryKeyValueBias: true});
    expect(read(grouped).attention).toMatchObject({hasQueryKeyValueBias: false, hasOutputBias: false});
  });

  test('norms of queries and keys', () => {
    const of = (...names: string[]) => read(grouped, [embedding, ...names.map((name) => tensor(name, 16))]).attention;
    expect(of('blk.0.attn_q_norm.weight')).toMatchObject({hasQueryKeyNorms: true});
    expect(of('blk.0.attn_q_a_norm.weight', 'attn_q_norm.weight')).toMatchObject({hasQueryKeyNorms: false});
  });

  test('keys of another architecture do not count', () => {
    expect(read({...grouped, 'qwen2.block_count': 9, 'lama2.block_count': 9, block_count: 9}).layers).toBe(2);
  });

  test('a bias of the output', () => {
    const attention = read(grouped, [embedding, tensor('blk.0.attn_output.bias', 64)]).attention;
    expect(attention).toMatchObject({hasQueryKeyValueBias: false, hasOutputBias: true});
  });

  test.each([
    ['KV heads that do not divide the heads', {'llama.attention.head_count_kv': 3}],
    ['heads that do not divide the width', {'llama.attention.head_count': 6}],
  ])('%s are an error', (_, changes) => {
    expect(problemOf({...grouped, ...changes}).code).toBe('memory.broken-model-file');
  });
});

describe('a correction of the router', () => {
  const hasIt = (name: string) => read(latent, [embedding, tensor(name, 4)]).experts?.hasCorrectionBias;

  test.each([
    ['blk.1.exp_probs_b', true],
    ['blk.1.exp_probs_b.bias', true],
    ['blk.60.exp_probs_b.bias', true],
    ['blk.exp_probs_b.bias', false],
    ['blk.1.exp_probs_bias', false],
    ['x.blk.1.exp_probs_b', false],
  ])('%s: %s', (name, expected) => {
    expect(hasIt(name)).toBe(expected);
  });
});

describe('experts', () => {
  test.each<[string, Metadata]>([
    ['no expert is used', {...latent, 'deepseek2.expert_used_count': 0}],
    ['more are used than there are', {...latent, 'deepseek2.expert_used_count': 5}],
    [
      'their size is unknown',
      without(
        without({...latent, 'deepseek2.leading_dense_block_count': 0}, 'deepseek2.expert_feed_forward_length'),
        'deepseek2.feed_forward_length',
      ),
    ],
    ['a dense layer has no size', without(latent, 'deepseek2.feed_forward_length')],
  ])('%s: an error', (_, metadata) => {
    expect(problemOf(metadata).code).toBe('memory.broken-model-file');
  });

  test('as many as there are can be used', () => {
    expect(read({...latent, 'deepseek2.expert_used_count': 4}).experts).toMatchObject({expertsPerToken: 4});
  });

  test('a model without a dense layer needs no size of one', () => {
    const metadata = without({...latent, 'deepseek2.leading_dense_block_count': 0}, 'deepseek2.feed_forward_length');
    expect(read(metadata)).toMatchObject({denseIntermediateSize: 0, experts: {firstDenseLayers: 0}});
  });

  test('one of a size of its own is shared where the file has that size and no count', () => {
    const {experts} = read({...latent, 'deepseek2.expert_shared_feed_forward_length': 48});
    expect(experts).toMatchObject({sharedExperts: 1, sharedIntermediateSize: 48});
    expect(read(latent).experts).toMatchObject({sharedExperts: 0, sharedIntermediateSize: 0});
  });
});

describe('the vocabulary', () => {
  test('has the rows of the embedding', () => {
    expect(read(latent).vocabularySize).toBe(96);
    expect(read(latent, [tensor('token_embd.weight', 64, 16_777_216)]).vocabularySize).toBe(16_777_216);
  });

  test.each([
    ['without an embedding', []],
    ['with an embedding of one dimension', [tensor('token_embd.weight', 64)]],
    ['with more rows than any tokenizer has', [tensor('token_embd.weight', 64, 16_777_217)]],
  ])('%s the file is broken', (_, tensors) => {
    expect(problemOf(latent, tensors).code).toBe('memory.broken-model-file');
  });
});

describe('what the formulas do not cover', () => {
  test.each([
    ['deepseek2.ssm.state_size', 16],
    ['deepseek2.wkv.head_size', 64],
    ['deepseek2.full_attention_interval', 4],
    ['deepseek2.attention.indexer.head_count', 64],
    ['deepseek2.attention.sliding_window', 128],
    ['deepseek2.attention.head_count_kv', [1, 2, 1]],
  ])('%s: an unknown architecture', (key, value) => {
    expect(problemOf({...latent, [key]: value}).code).toBe('memory.unknown-architecture');
  });

  test.each([
    ['deepseek2.attention.sliding_window', 0],
    ['deepseek2.attention.sliding_window', 4096],
    ['deepseek2.attention.head_count_kv', [1, 1, 1]],
    // Names that only end like one of those above.
    ['deepseek2.old_ssm.state_size', 16],
    ['deepseek2.full_attention_interval_unused', 4],
    ['deepseek2.no.attention.indexer.head_count', 1],
    // Of another architecture.
    ['mamba.ssm.state_size', 16],
  ])('%s of %j changes nothing', (key, value) => {
    expect(read({...latent, [key]: value}).attention.kind).toBe('mla');
  });
});

test('layers for the prediction of further tokens are not loaded', () => {
  expect(read({...latent, 'deepseek2.nextn_predict_layers': 1}).layers).toBe(2);
  expect(read(latent).layers).toBe(3);
});

test('counts of 64 bits are read as numbers', () => {
  expect(read({...latent, 'deepseek2.context_length': 4096n}).maxContextTokens).toBe(4096);
});
