import {describe, expect, test} from 'vitest';
import {deepseekV3, glm45Air, kimiThinking, llama3, qwen3Moe, qwen25} from '../config-samples.ts';
import {architectureOf, problemOf} from './read-config.ts';

describe('grouped attention', () => {
  const attention = (config: unknown) => architectureOf(config).attention;

  test('without a number of KV heads has one per head, and without a head size the width divided by the heads', () => {
    const {num_key_value_heads: _, ...config} = llama3;
    expect(attention(config)).toMatchObject({kind: 'gqa', heads: 32, kvHeads: 32, headSize: 128});
    expect(attention({...llama3, head_dim: 64})).toMatchObject({headSize: 64});
  });

  test.each([
    ['nothing said', {}, false],
    ['attention_bias', {attention_bias: true}, true],
    ['qkv_bias', {qkv_bias: true}, true],
    ['use_qkv_bias', {use_qkv_bias: true}, true],
    ['qkv_bias off', {qkv_bias: false}, false],
  ])('biases of queries, keys and values of Llama: %s', (_, change, expected) => {
    expect(attention({...llama3, ...change})).toMatchObject({hasQueryKeyValueBias: expected});
  });

  test.each([
    ['qwen2', {}, true],
    ['qwen2_moe', {}, true],
    ['qwen2', {qkv_bias: false}, false],
    ['qwen2', {attention_bias: false}, true],
    ['qwen25', {}, false],
    ['my_qwen2', {}, false],
  ])('%s has those regardless of attention_bias (%j)', (model_type, change, expected) => {
    expect(attention({...qwen25, ...change, model_type})).toMatchObject({hasQueryKeyValueBias: expected});
  });

  test.each([
    ['llama', {attention_bias: true}, true],
    ['llama', {attention_bias: true, attention_out_bias: false}, false],
    ['llama', {attention_out_bias: true}, true],
    ['llama', {}, false],
    ['qwen2', {attention_bias: true}, false],
    ['glm4_moe', {attention_bias: true}, false],
    ['my_glm', {attention_bias: true}, true],
  ])('a bias of the output of %s with %j: %s', (model_type, change, expected) => {
    expect(attention({...llama3, ...change, model_type})).toMatchObject({hasOutputBias: expected});
  });

  test.each([
    ['qwen3', {}, true],
    ['qwen3_moe', {use_qk_norm: false}, false],
    ['dots1', {}, true],
    ['hunyuan_v1_dense', {}, true],
    ['olmo2', {}, true],
    ['olmoe', {}, true],
    ['exaone4', {}, true],
    ['minimax_m2', {}, true],
    ['llama', {}, false],
    ['llama', {use_qk_norm: true}, true],
    ['not_qwen3', {}, false],
  ])('norms of queries and keys of %s with %j: %s', (model_type, change, expected) => {
    expect(attention({...llama3, ...change, model_type})).toMatchObject({hasQueryKeyNorms: expected});
  });
});

describe('latent attention', () => {
  test('is recognized by its rank for keys and values', () => {
    expect(architectureOf(kimiThinking).attention).toEqual({
      kind: 'mla',
      heads: 64,
      queryLoraRank: 1536,
      kvLoraRank: 512,
      queryKeyNopeHeadSize: 128,
      queryKeyRopeHeadSize: 64,
      valueHeadSize: 128,
    });
    expect(architectureOf({...kimiThinking, kv_lora_rank: null}).attention.kind).toBe('gqa');
  });

  test('with biases is refused: their sizes are unknown', () => {
    expect(problemOf({...deepseekV3, attention_bias: true})).toMatchObject({
      code: 'memory.broken-config',
      message: expect.stringContaining('attention_bias is true'),
    });
    expect(architectureOf({...deepseekV3, attention_bias: null}).attention.kind).toBe('mla');
  });
});

describe('a field of another type', () => {
  const grouped = ['attention_bias', 'attention_out_bias', 'qkv_bias', 'use_qkv_bias', 'use_qk_norm'];
  const moe = ['use_routing_bias', 'moe_router_enable_expert_bias'];

  test.each([
    ...grouped.map((key) => [key, 'yes', llama3] as const),
    ...moe.map((key) => [key, 1, glm45Air] as const),
    ['attention_bias', 'no', deepseekV3] as const,
    ['model_type', 7, llama3] as const,
    ['topk_method', 7, glm45Air] as const,
    ['mlp_only_layers', 'first', qwen3Moe] as const,
    ['head_dim', 'wide', llama3] as const,
    ['num_attention_heads', 0, llama3] as const,
    ['num_attention_heads', 4097, llama3] as const,
    ['head_dim', 8193, llama3] as const,
    ['q_lora_rank', 0, deepseekV3] as const,
    ['kv_lora_rank', 262_145, deepseekV3] as const,
    ['v_head_dim', 0, deepseekV3] as const,
    ['qk_nope_head_dim', 8193, deepseekV3] as const,
    ['qk_rope_head_dim', 0.5, deepseekV3] as const,
    ['num_experts_per_tok', 0, glm45Air] as const,
    ['n_routed_experts', 65_537, glm45Air] as const,
    ['n_shared_experts', 1025, glm45Air] as const,
    ['moe_intermediate_size', -1, glm45Air] as const,
    ['first_k_dense_replace', 1025, glm45Air] as const,
    ['moe_layer_freq', 0, glm45Air] as const,
    ['decoder_sparse_step', 0, qwen3Moe] as const,
    ['intermediate_size', 0, llama3] as const,
    ['num_hidden_layers', 0, llama3] as const,
    ['num_hidden_layers', 1025, llama3] as const,
    ['vocab_size', 16_777_217, llama3] as const,
    ['max_position_embeddings', 1_000_000_001, llama3] as const,
    ['hidden_size', 262_145, llama3] as const,
  ])('%s = %j: the key, the value, and what is expected', (key, value, sample) => {
    const problem = problemOf({...sample, [key]: value});
    expect(problem.code).toBe('memory.broken-config');
    expect(problem.message).toContain(`${key} is ${JSON.stringify(value)}, expected `);
    expect(problem.message).not.toMatch(/invalid|received|too (?:small|big)/i);
  });

  test('the bounds themselves are accepted', () => {
    expect(architectureOf({...llama3, num_hidden_layers: 1024}).layers).toBe(1024);
    expect(architectureOf({...llama3, num_hidden_layers: 1}).layers).toBe(1);
    expect(architectureOf({...llama3, vocab_size: 16_777_216}).vocabularySize).toBe(16_777_216);
    expect(architectureOf({...llama3, max_position_embeddings: 1_000_000_000}).maxContextTokens).toBe(1e9);
    expect(architectureOf({...llama3, head_dim: 8192}).attention).toMatchObject({headSize: 8192});
  });
});
