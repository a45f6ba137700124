/** Configurations of models with windows or Mamba layers, true to the published shapes, written from their tables. */

const siglip = {
  model_type: 'siglip_vision_model',
  hidden_size: 1152,
  image_size: 896,
  intermediate_size: 4304,
  num_attention_heads: 16,
  num_hidden_layers: 27,
  patch_size: 14,
  vision_use_head: false,
};

/** Gemma 3, which leaves out what equals the class's default. */
function gemma3(shapes: object) {
  return {
    architectures: ['Gemma3ForConditionalGeneration'],
    model_type: 'gemma3',
    text_config: {
      model_type: 'gemma3_text',
      rope_scaling: {factor: 8, rope_type: 'linear'},
      sliding_window: 1024,
      ...shapes,
    },
    torch_dtype: 'bfloat16',
    vision_config: siglip,
  };
}

export const gemma3Small = gemma3({hidden_size: 2560, intermediate_size: 10_240, num_hidden_layers: 34});
export const gemma3Large = gemma3({
  head_dim: 128,
  hidden_size: 5376,
  intermediate_size: 21_504,
  num_attention_heads: 32,
  num_hidden_layers: 62,
  num_key_value_heads: 16,
});

const everySixth = (layers: number) =>
  Array.from({length: layers}, (_, layer) => (layer % 6 === 5 ? 'full_attention' : 'sliding_attention'));

function gemma4(shapes: object, layers: number) {
  return {
    architectures: ['Gemma4ForConditionalGeneration'],
    audio_config: null,
    dtype: 'bfloat16',
    model_type: 'gemma4',
    text_config: {
      attention_bias: false,
      attention_k_eq_v: true,
      dtype: 'bfloat16',
      global_head_dim: 512,
      head_dim: 256,
      hidden_activation: 'gelu_pytorch_tanh',
      hidden_size_per_layer_input: 0,
      layer_types: everySixth(layers),
      max_position_embeddings: 262_144,
      model_type: 'gemma4_text',
      num_hidden_layers: layers,
      num_kv_shared_layers: 0,
      rope_parameters: {
        full_attention: {partial_rotary_factor: 0.25, rope_theta: 1_000_000, rope_type: 'proportional'},
        sliding_attention: {rope_theta: 10_000, rope_type: 'default'},
      },
      sliding_window: 1024,
      tie_word_embeddings: true,
      vocab_size: 262_144,
      ...shapes,
    },
    tie_word_embeddings: true,
    vision_config: {
      model_type: 'gemma4_vision',
      default_output_length: 280,
      head_dim: 72,
      hidden_size: 1152,
      intermediate_size: 4304,
      num_hidden_layers: 27,
      patch_size: 16,
      pooling_kernel_size: 3,
      position_embedding_size: 10_240,
    },
  };
}

/** Dense. */
export const gemma4Dense = gemma4(
  {
    enable_moe_block: false,
    hidden_size: 5376,
    intermediate_size: 21_504,
    num_attention_heads: 32,
    num_experts: null,
    num_global_key_value_heads: 4,
    num_key_value_heads: 16,
    top_k_experts: null,
  },
  60,
);

/** Experts next to a dense part on every layer. */
export const gemma4Moe = gemma4(
  {
    enable_moe_block: true,
    hidden_size: 2816,
    intermediate_size: 2112,
    moe_intermediate_size: 704,
    num_attention_heads: 16,
    num_experts: 128,
    num_global_key_value_heads: 2,
    num_key_value_heads: 8,
    top_k_experts: 8,
  },
  30,
);

const llama4Text = {
  attention_bias: false,
  attention_chunk_size: 8192,
  head_dim: 128,
  hidden_act: 'silu',
  hidden_size: 5120,
  intermediate_size: 8192,
  intermediate_size_mlp: 16_384,
  model_type: 'llama4_text',
  num_attention_heads: 40,
  num_experts_per_tok: 1,
  num_hidden_layers: 48,
  num_key_value_heads: 8,
  torch_dtype: 'bfloat16',
  use_qk_norm: true,
  vocab_size: 202_048,
};
const llama4 = {
  architectures: ['Llama4ForConditionalGeneration'],
  model_type: 'llama4',
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  vision_config: {
    model_type: 'llama4_vision_model',
    hidden_size: 1408,
    image_size: 336,
    intermediate_size: 5632,
    num_hidden_layers: 34,
    patch_size: 14,
    projector_input_dim: 4096,
    projector_output_dim: 4096,
    vision_output_dim: 4096,
  },
};

export const llama4Scout = {
  ...llama4,
  text_config: {
    ...llama4Text,
    interleave_moe_layer_step: 1,
    max_position_embeddings: 10_485_760,
    num_local_experts: 16,
  },
};
/** Experts on every second layer. */
export const llama4Maverick = {
  ...llama4,
  text_config: {
    ...llama4Text,
    interleave_moe_layer_step: 2,
    max_position_embeddings: 1_048_576,
    num_local_experts: 128,
  },
};

/** Windows keep twice the heads; values are smaller than keys. */
export const mimoFlash = {
  architectures: ['MiMoV2FlashForCausalLM'],
  model_type: 'mimo_v2_flash',
  attention_bias: false,
  attention_chunk_size: 128,
  head_dim: 192,
  hidden_act: 'silu',
  hidden_size: 4096,
  hybrid_layer_pattern: Array.from({length: 48}, (_, layer) => (layer === 0 || layer % 6 === 5 ? 0 : 1)),
  intermediate_size: 16_384,
  max_position_embeddings: 262_144,
  moe_intermediate_size: 2048,
  moe_layer_freq: Array.from({length: 48}, (_, layer) => (layer === 0 ? 0 : 1)),
  n_routed_experts: 256,
  n_shared_experts: null,
  num_attention_heads: 64,
  num_experts_per_tok: 8,
  num_hidden_layers: 48,
  num_key_value_heads: 4,
  sliding_window: 128,
  swa_head_dim: 192,
  swa_num_attention_heads: 64,
  swa_num_key_value_heads: 8,
  swa_v_head_dim: 128,
  tie_word_embeddings: false,
  topk_method: 'noaux_tc',
  torch_dtype: 'bfloat16',
  v_head_dim: 128,
  vocab_size: 152_576,
  quantization_config: {quant_method: 'fp8', activation_scheme: 'dynamic', weight_block_size: [128, 128]},
};

/** Windows have more heads for queries; the lists go on for the layers that predict further tokens. */
export const step35Flash = {
  architectures: ['Step3p5ForCausalLM'],
  model_type: 'step3p5',
  attention_other_setting: {
    attention_type: 'sliding_attention',
    head_dim: 128,
    num_attention_groups: 8,
    num_attention_heads: 96,
  },
  head_dim: 128,
  hidden_size: 4096,
  intermediate_size: 11_264,
  layer_types: Array.from({length: 48}, (_, layer) => (layer % 4 === 0 ? 'full_attention' : 'sliding_attention')),
  max_position_embeddings: 262_144,
  moe_intermediate_size: 1280,
  moe_layers_enum: Array.from({length: 42}, (_, index) => index + 3).join(','),
  moe_num_experts: 288,
  moe_top_k: 8,
  num_attention_groups: 8,
  num_attention_heads: 64,
  num_hidden_layers: 45,
  num_nextn_predict_layers: 3,
  share_expert_dim: 1280,
  sliding_window: 512,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  use_head_wise_attn_gate: true,
  use_moe_router_bias: true,
  vocab_size: 128_896,
};

const {architectures: _own, ...step35Tower} = step35Flash;

/** The same below a vision tower. */
export const step37Flash = {
  architectures: ['Step3p7ForConditionalGeneration'],
  model_type: 'step3p7',
  text_config: step35Tower,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  vision_config: {
    model_type: 'perception_encoder',
    heads: 16,
    image_size: 728,
    layers: 47,
    mlp_ratio: 8960 / 1536,
    patch_size: 14,
    width: 1536,
  },
};

/** Each layer is Mamba 2, attention or experts. */
export const nemotronNano = {
  architectures: ['NemotronHForCausalLM'],
  model_type: 'nemotron_h',
  attention_bias: false,
  conv_kernel: 4,
  head_dim: 128,
  hidden_size: 2688,
  hybrid_override_pattern: 'MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME',
  intermediate_size: 1856,
  mamba_head_dim: 64,
  mamba_num_heads: 64,
  mamba_ssm_cache_dtype: 'float32',
  max_position_embeddings: 262_144,
  mlp_bias: false,
  mlp_hidden_act: 'relu2',
  moe_intermediate_size: 1856,
  moe_shared_expert_intermediate_size: 3712,
  n_groups: 8,
  n_routed_experts: 128,
  n_shared_experts: 1,
  num_attention_heads: 32,
  num_experts_per_tok: 6,
  num_hidden_layers: 52,
  num_key_value_heads: 2,
  sliding_window: null,
  ssm_state_size: 128,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  vocab_size: 131_072,
};

/** Its experts work in a smaller space. */
export const nemotronSuper = {
  ...nemotronNano,
  hidden_size: 4096,
  hybrid_override_pattern: 'MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME',
  intermediate_size: 2688,
  mamba_num_heads: 128,
  moe_intermediate_size: 2688,
  moe_latent_size: 1024,
  moe_shared_expert_intermediate_size: 5376,
  n_routed_experts: 512,
  num_experts_per_tok: 22,
  num_hidden_layers: 88,
  num_nextn_predict_layers: 1,
};
