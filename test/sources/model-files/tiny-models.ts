import type {GgufTensorSpec, GgufValue, TensorSpec} from './build-model-files.ts';

/** Two layers of latent attention, dense then with experts, below `text_config`; small enough to write. */
export const tinyConfig = {
  architectures: ['KimiK25ForConditionalGeneration'],
  model_type: 'kimi_k25',
  dtype: 'bfloat16',
  text_config: {
    model_type: 'kimi_k2',
    num_hidden_layers: 2,
    hidden_size: 8,
    intermediate_size: 16,
    num_attention_heads: 2,
    num_key_value_heads: 2,
    q_lora_rank: 4,
    kv_lora_rank: 4,
    qk_nope_head_dim: 2,
    qk_rope_head_dim: 2,
    v_head_dim: 2,
    n_routed_experts: 2,
    num_experts_per_tok: 1,
    n_shared_experts: 1,
    moe_intermediate_size: 4,
    first_k_dense_replace: 1,
    moe_layer_freq: 1,
    topk_method: 'noaux_tc',
    vocab_size: 32,
    tie_word_embeddings: false,
    max_position_embeddings: 4096,
  },
};

function attention(prefix: string): TensorSpec[] {
  return [
    [`${prefix}.self_attn.q_a_proj.weight`, 'BF16', [4, 8]],
    [`${prefix}.self_attn.q_a_layernorm.weight`, 'BF16', [4]],
    [`${prefix}.self_attn.q_b_proj.weight`, 'BF16', [8, 4]],
    [`${prefix}.self_attn.kv_a_proj_with_mqa.weight`, 'BF16', [6, 8]],
    [`${prefix}.self_attn.kv_a_layernorm.weight`, 'BF16', [4]],
    [`${prefix}.self_attn.kv_b_proj.weight`, 'BF16', [8, 4]],
    [`${prefix}.self_attn.o_proj.weight`, 'BF16', [8, 4]],
    [`${prefix}.input_layernorm.weight`, 'BF16', [8]],
    [`${prefix}.post_attention_layernorm.weight`, 'BF16', [8]],
  ];
}

function feedForward(prefix: string, size: number): TensorSpec[] {
  return [
    [`${prefix}.gate_proj.weight`, 'BF16', [size, 8]],
    [`${prefix}.up_proj.weight`, 'BF16', [size, 8]],
    [`${prefix}.down_proj.weight`, 'BF16', [8, size]],
  ];
}

const text = 'language_model.model';

/** The dense layer and the embedding; the layer with experts and the head. */
export const tinyShards: readonly [readonly TensorSpec[], readonly TensorSpec[]] = [
  [
    [`${text}.embed_tokens.weight`, 'BF16', [32, 8]],
    ...attention(`${text}.layers.0`),
    ...feedForward(`${text}.layers.0.mlp`, 16),
  ],
  [
    ...attention(`${text}.layers.1`),
    [`${text}.layers.1.mlp.gate.weight`, 'BF16', [2, 8]],
    [`${text}.layers.1.mlp.gate.e_score_correction_bias`, 'F32', [2]],
    ...feedForward(`${text}.layers.1.mlp.experts.0`, 4),
    ...feedForward(`${text}.layers.1.mlp.experts.1`, 4),
    ...feedForward(`${text}.layers.1.mlp.shared_experts`, 4),
    [`${text}.norm.weight`, 'BF16', [8]],
    ['language_model.lm_head.weight', 'BF16', [32, 8]],
  ],
];

/** The same shapes as llama.cpp names them; every tensor F32 but the experts, which are Q8_0. */
export const tinyGgufMetadata: Readonly<Record<string, GgufValue>> = {
  'general.architecture': 'deepseek2',
  'general.name': 'Tiny Kimi',
  'general.file_type': 7,
  'deepseek2.block_count': 2,
  'deepseek2.context_length': 4096,
  'deepseek2.embedding_length': 64,
  'deepseek2.feed_forward_length': 128,
  'deepseek2.attention.head_count': 2,
  'deepseek2.attention.head_count_kv': 1,
  'deepseek2.attention.key_length': 36,
  'deepseek2.attention.value_length': 32,
  'deepseek2.attention.key_length_mla': 6,
  'deepseek2.attention.value_length_mla': 4,
  'deepseek2.attention.q_lora_rank': 32,
  'deepseek2.attention.kv_lora_rank': 32,
  'deepseek2.rope.dimension_count': 4,
  'deepseek2.rope.scaling.factor': 0.5,
  'deepseek2.expert_count': 2,
  'deepseek2.expert_used_count': 1,
  'deepseek2.expert_feed_forward_length': 32,
  'deepseek2.expert_shared_count': 1,
  'deepseek2.leading_dense_block_count': 1,
  'tokenizer.ggml.tokens': ['a', 'b', 'c'],
  'split.count': 2n,
};

const f32 = (name: string, ...shape: number[]): GgufTensorSpec => {
  return {name, shape, type: 0, bytes: shape.reduce((product, side) => product * side, 4)};
};
const q8 = (name: string, ...shape: number[]): GgufTensorSpec => {
  return {name, shape, type: 8, bytes: (shape.reduce((product, side) => product * side, 1) / 32) * 34};
};

export const tinyGgufParts: readonly [readonly GgufTensorSpec[], readonly GgufTensorSpec[]] = [
  [f32('token_embd.weight', 64, 96), f32('blk.0.attn_q_a.weight', 64, 32), f32('blk.0.ffn_gate.weight', 64, 128)],
  [
    f32('blk.1.attn_kv_b.weight', 32, 12),
    f32('blk.1.ffn_gate_inp.weight', 64, 2),
    f32('blk.1.exp_probs_b.bias', 2),
    q8('blk.1.ffn_gate_exps.weight', 64, 32, 2),
    q8('blk.1.ffn_gate_shexp.weight', 64, 32),
    f32('blk.1.attn_norm.weight', 64),
    f32('output_norm.weight', 64),
    q8('output.weight', 64, 96),
    f32('rope_freqs.weight', 2),
  ],
];
