/** Configurations true to the published shapes, written from their tables. */

const deepseekTower = {
  architectures: ['DeepseekV3ForCausalLM'],
  model_type: 'kimi_k2',
  num_hidden_layers: 61,
  hidden_size: 7168,
  intermediate_size: 18_432,
  num_attention_heads: 64,
  num_key_value_heads: 64,
  q_lora_rank: 1536,
  kv_lora_rank: 512,
  qk_nope_head_dim: 128,
  qk_rope_head_dim: 64,
  v_head_dim: 128,
  attention_bias: false,
  n_routed_experts: 384,
  num_experts_per_tok: 8,
  n_shared_experts: 1,
  moe_intermediate_size: 2048,
  moe_layer_freq: 1,
  first_k_dense_replace: 1,
  topk_method: 'noaux_tc',
  hidden_act: 'silu',
  vocab_size: 163_840,
  tie_word_embeddings: false,
  num_nextn_predict_layers: 0,
  max_position_embeddings: 262_144,
  rope_scaling: {type: 'yarn', factor: 64, original_max_position_embeddings: 4096},
};

export const int4Quantization = {
  quant_method: 'compressed-tensors',
  format: 'pack-quantized',
  kv_cache_scheme: null,
  config_groups: {
    group_0: {
      targets: ['Linear'],
      input_activations: null,
      weights: {num_bits: 4, type: 'int', group_size: 32, strategy: 'group', symmetric: true, dynamic: false},
    },
  },
  ignore: ['lm_head', 're:.*self_attn.*', 're:.*shared_experts.*', 're:.*mlp\\.(gate|up|gate_up|down)_proj.*'],
};

/** Kimi K2.5 to K2.7: the text tower below `text_config`, MoonViT beside it. */
export const kimiK25 = {
  architectures: ['KimiK25ForConditionalGeneration'],
  model_type: 'kimi_k25',
  dtype: 'bfloat16',
  tie_word_embeddings: false,
  text_config: {...deepseekTower, quantization_config: int4Quantization},
  vision_config: {
    vt_num_hidden_layers: 27,
    vt_hidden_size: 1152,
    vt_num_attention_heads: 16,
    vt_intermediate_size: 4304,
    patch_size: 14,
    init_pos_emb_height: 64,
    init_pos_emb_width: 64,
    init_pos_emb_time: 4,
    merge_kernel_size: [2, 2],
    mm_projector_type: 'patchmerger',
    mm_hidden_size: 1152,
    text_hidden_size: 7168,
  },
};

/** Kimi K2 Thinking: the text tower alone, in INT4. */
export const kimiThinking = {...deepseekTower, dtype: 'bfloat16', quantization_config: int4Quantization};

/** Kimi K2 Instruct: half the context, FP8 in blocks. */
export const kimiInstruct = {
  ...deepseekTower,
  torch_dtype: 'bfloat16',
  max_position_embeddings: 131_072,
  rope_scaling: {type: 'yarn', factor: 32, original_max_position_embeddings: 4096},
  quantization_config: {
    quant_method: 'fp8',
    activation_scheme: 'dynamic',
    fmt: 'e4m3',
    weight_block_size: [128, 128],
  },
};

export const llama3 = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  attention_bias: false,
  hidden_act: 'silu',
  hidden_size: 4096,
  intermediate_size: 14_336,
  max_position_embeddings: 8192,
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  rope_scaling: null,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  vocab_size: 128_256,
};

export const qwen3Moe = {
  architectures: ['Qwen3MoeForCausalLM'],
  model_type: 'qwen3_moe',
  attention_bias: false,
  decoder_sparse_step: 1,
  head_dim: 128,
  hidden_act: 'silu',
  hidden_size: 2048,
  intermediate_size: 6144,
  max_position_embeddings: 40_960,
  mlp_only_layers: [],
  moe_intermediate_size: 768,
  num_attention_heads: 32,
  num_experts: 128,
  num_experts_per_tok: 8,
  num_hidden_layers: 48,
  num_key_value_heads: 4,
  sliding_window: null,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  use_sliding_window: false,
  vocab_size: 151_936,
};

export const mixtral = {
  architectures: ['MixtralForCausalLM'],
  model_type: 'mixtral',
  hidden_act: 'silu',
  hidden_size: 4096,
  intermediate_size: 14_336,
  max_position_embeddings: 32_768,
  num_attention_heads: 32,
  num_experts_per_tok: 2,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  num_local_experts: 8,
  sliding_window: null,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  vocab_size: 32_000,
};

export const qwen25 = {
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  hidden_act: 'silu',
  hidden_size: 3584,
  intermediate_size: 18_944,
  max_position_embeddings: 32_768,
  max_window_layers: 28,
  num_attention_heads: 28,
  num_hidden_layers: 28,
  num_key_value_heads: 4,
  sliding_window: 131_072,
  use_sliding_window: false,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  vocab_size: 152_064,
};

/** GLM-4.5-Air: dense at first, experts with a correction bias, biases for queries, keys and values alone. */
export const glm45Air = {
  architectures: ['Glm4MoeForCausalLM'],
  model_type: 'glm4_moe',
  attention_bias: true,
  first_k_dense_replace: 1,
  head_dim: 128,
  hidden_act: 'silu',
  hidden_size: 4096,
  intermediate_size: 10_944,
  max_position_embeddings: 131_072,
  moe_intermediate_size: 1408,
  n_routed_experts: 128,
  n_shared_experts: 1,
  num_attention_heads: 96,
  num_experts_per_tok: 8,
  num_hidden_layers: 46,
  num_key_value_heads: 8,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  use_qk_norm: false,
  vocab_size: 151_552,
};

export const deepseekV3 = {
  ...deepseekTower,
  model_type: 'deepseek_v3',
  num_attention_heads: 128,
  num_key_value_heads: 128,
  n_routed_experts: 256,
  first_k_dense_replace: 3,
  num_nextn_predict_layers: 1,
  vocab_size: 129_280,
  max_position_embeddings: 163_840,
  rope_scaling: {type: 'yarn', factor: 40, original_max_position_embeddings: 4096},
};
