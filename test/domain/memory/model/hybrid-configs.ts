/** Configurations of models with layers of several kinds, true to the published shapes, written from their tables. */

/** Block FP8 as DeepSeek and GLM publish it. */
const blockFp8 = {quant_method: 'fp8', activation_scheme: 'dynamic', weight_block_size: [128, 128]};

const sparse = {
  attention_bias: false,
  first_k_dense_replace: 3,
  hidden_act: 'silu',
  index_head_dim: 128,
  index_topk: 2048,
  kv_lora_rank: 512,
  moe_intermediate_size: 2048,
  moe_layer_freq: 1,
  n_routed_experts: 256,
  n_shared_experts: 1,
  num_experts_per_tok: 8,
  num_nextn_predict_layers: 1,
  qk_rope_head_dim: 64,
  tie_word_embeddings: false,
  topk_method: 'noaux_tc',
  torch_dtype: 'bfloat16',
};

export const deepseekV32 = {
  ...sparse,
  architectures: ['DeepseekV32ForCausalLM'],
  model_type: 'deepseek_v32',
  hidden_size: 7168,
  index_n_heads: 64,
  intermediate_size: 18_432,
  max_position_embeddings: 163_840,
  num_attention_heads: 128,
  num_hidden_layers: 61,
  num_key_value_heads: 128,
  q_lora_rank: 1536,
  qk_nope_head_dim: 128,
  rope_scaling: {type: 'yarn', factor: 40, original_max_position_embeddings: 4096},
  v_head_dim: 128,
  vocab_size: 129_280,
  quantization_config: blockFp8,
};

/** GLM-5 and 5.1: an indexer on every layer. */
export const glm51 = {
  ...sparse,
  architectures: ['GlmMoeDsaForCausalLM'],
  model_type: 'glm_moe_dsa',
  head_dim: 64,
  hidden_size: 6144,
  index_n_heads: 32,
  intermediate_size: 12_288,
  max_position_embeddings: 202_752,
  num_attention_heads: 64,
  num_hidden_layers: 78,
  num_key_value_heads: 64,
  q_lora_rank: 2048,
  qk_nope_head_dim: 192,
  rope_parameters: {rope_theta: 1_000_000, rope_type: 'default'},
  v_head_dim: 256,
  vocab_size: 154_880,
  quantization_config: blockFp8,
};

/** GLM-5.2: an indexer on the first three layers, then on every fourth. */
export const glm52 = {
  ...glm51,
  max_position_embeddings: 1_048_576,
  indexer_types: Array.from({length: 78}, (_, layer) => (layer < 2 || (layer - 2) % 4 === 0 ? 'full' : 'shared')),
};

/** NVIDIA's repack: `hf_quant_config.json` beside a configuration without a word of it. */
export const glm51Modelopt = {
  producer: {name: 'modelopt', version: '0.45.0'},
  quantization: {
    quant_algo: 'NVFP4',
    kv_cache_quant_algo: 'FP8',
    group_size: 16,
    exclude_modules: [
      ...['lm_head', 'model.layers.0*', 'model.layers.1.*', 'model.layers.2.*'],
      ...Array.from({length: 75}, (_, layer) => layer + 3).flatMap((layer) => [
        `model.layers.${layer}.self_attn*`,
        `model.layers.${layer}.mlp.shared_experts*`,
      ]),
    ],
  },
};

export const gptOss20b = {
  architectures: ['GptOssForCausalLM'],
  model_type: 'gpt_oss',
  attention_bias: true,
  experts_per_token: 4,
  head_dim: 64,
  hidden_act: 'silu',
  hidden_size: 2880,
  intermediate_size: 2880,
  layer_types: Array.from({length: 24}, (_, layer) => (layer % 2 === 0 ? 'sliding_attention' : 'full_attention')),
  max_position_embeddings: 131_072,
  num_attention_heads: 64,
  num_experts_per_tok: 4,
  num_hidden_layers: 24,
  num_key_value_heads: 8,
  num_local_experts: 32,
  rope_scaling: {rope_type: 'yarn', factor: 32, original_max_position_embeddings: 4096},
  sliding_window: 128,
  tie_word_embeddings: false,
  vocab_size: 201_088,
  quantization_config: {
    quant_method: 'mxfp4',
    modules_to_not_convert: ['model.layers.*.self_attn', 'model.layers.*.mlp.router', 'model.embed_tokens', 'lm_head'],
  },
};

const {layer_types: _alternating, ...gptOssBase} = gptOss20b;

/** Without the list, layers alternate in the same way. */
export const gptOss120b = {...gptOssBase, num_hidden_layers: 36, num_local_experts: 128};

export const qwen3Next = {
  architectures: ['Qwen3NextForCausalLM'],
  model_type: 'qwen3_next',
  decoder_sparse_step: 1,
  full_attention_interval: 4,
  head_dim: 256,
  hidden_act: 'silu',
  hidden_size: 2048,
  intermediate_size: 5120,
  linear_conv_kernel_dim: 4,
  linear_key_head_dim: 128,
  linear_num_key_heads: 16,
  linear_num_value_heads: 32,
  linear_value_head_dim: 128,
  max_position_embeddings: 262_144,
  mlp_only_layers: [],
  moe_intermediate_size: 512,
  num_attention_heads: 16,
  num_experts: 512,
  num_experts_per_tok: 10,
  num_hidden_layers: 48,
  num_key_value_heads: 2,
  partial_rotary_factor: 0.25,
  rope_scaling: null,
  shared_expert_intermediate_size: 512,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  use_sliding_window: false,
  vocab_size: 151_936,
};

function qwen35Vision(outputSize: number, {depth = 27, hidden_size = 1152, intermediate_size = 4304} = {}) {
  return {
    model_type: 'qwen3_5',
    depth,
    hidden_size,
    intermediate_size,
    patch_size: 16,
    temporal_patch_size: 2,
    num_position_embeddings: 2304,
    spatial_merge_size: 2,
    out_hidden_size: outputSize,
    deepstack_visual_indexes: [],
  };
}

const qwen35Tower = {
  attn_output_gate: true,
  dtype: 'bfloat16',
  full_attention_interval: 4,
  head_dim: 256,
  hidden_act: 'silu',
  linear_conv_kernel_dim: 4,
  linear_key_head_dim: 128,
  linear_num_key_heads: 16,
  linear_value_head_dim: 128,
  mamba_ssm_dtype: 'float32',
  max_position_embeddings: 262_144,
  mtp_num_hidden_layers: 1,
  rope_parameters: {
    rope_type: 'default',
    rope_theta: 10_000_000,
    mrope_section: [11, 11, 10],
    partial_rotary_factor: 0.25,
  },
  vocab_size: 248_320,
};

/** Dense. */
export const qwen35Dense = {
  architectures: ['Qwen3_5ForConditionalGeneration'],
  model_type: 'qwen3_5',
  tie_word_embeddings: false,
  text_config: {
    ...qwen35Tower,
    model_type: 'qwen3_5_text',
    hidden_size: 5120,
    intermediate_size: 17_408,
    linear_num_value_heads: 48,
    num_attention_heads: 24,
    num_hidden_layers: 64,
    num_key_value_heads: 4,
  },
  vision_config: qwen35Vision(5120),
};

/** The smaller ones tie the head to the embedding. */
export const qwen35Dense4b = {
  ...qwen35Dense,
  tie_word_embeddings: true,
  text_config: {
    ...qwen35Dense.text_config,
    hidden_size: 2560,
    intermediate_size: 9216,
    linear_num_value_heads: 32,
    num_attention_heads: 16,
    num_hidden_layers: 32,
    tie_word_embeddings: true,
  },
  vision_config: qwen35Vision(2560, {depth: 24, hidden_size: 1024, intermediate_size: 4096}),
};

export const qwen35Dense800m = {
  ...qwen35Dense,
  tie_word_embeddings: true,
  text_config: {
    ...qwen35Dense.text_config,
    hidden_size: 1024,
    intermediate_size: 3584,
    linear_num_value_heads: 16,
    num_attention_heads: 8,
    num_hidden_layers: 24,
    num_key_value_heads: 2,
    tie_word_embeddings: true,
  },
  vision_config: qwen35Vision(1024, {depth: 12, hidden_size: 768, intermediate_size: 3072}),
};

/** NVIDIA's repack of Qwen 3.6 27B: attention in FP8, MLPs and the head in NVFP4, the rest as it was. */
export const qwen36Modelopt = {
  producer: {name: 'modelopt', version: '0.45.0'},
  quantization: {
    quant_algo: 'MIXED_PRECISION',
    kv_cache_quant_algo: 'FP8',
    exclude_modules: ['mtp*', 'mtp.layers.0*'],
    quantized_layers: Object.fromEntries([
      ['lm_head', {quant_algo: 'W4A16_NVFP4', group_size: 16}],
      ...Array.from({length: 64}, (_, layer) => layer).flatMap((layer) => {
        const isFull = layer % 4 === 3;
        const attention = isFull
          ? ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj']
          : ['linear_attn.in_proj_qkv', 'linear_attn.in_proj_z', 'linear_attn.out_proj'];
        const place = `model.language_model.layers.${layer}`;
        return [
          ...attention.map((name) => [`${place}.${name}`, {quant_algo: 'FP8'}]),
          ...['gate_proj', 'up_proj', 'down_proj'].map((name) => [
            `${place}.mlp.${name}`,
            {quant_algo: 'W4A16_NVFP4', group_size: 16},
          ]),
        ];
      }),
    ]),
  },
};

export const qwen35Moe = {
  architectures: ['Qwen3_5MoeForConditionalGeneration'],
  model_type: 'qwen3_5_moe',
  tie_word_embeddings: false,
  text_config: {
    ...qwen35Tower,
    model_type: 'qwen3_5_moe_text',
    hidden_size: 2048,
    linear_num_value_heads: 32,
    moe_intermediate_size: 512,
    num_attention_heads: 16,
    num_experts: 256,
    num_experts_per_tok: 8,
    num_hidden_layers: 40,
    num_key_value_heads: 2,
    shared_expert_intermediate_size: 512,
  },
  vision_config: {...qwen35Vision(2048), model_type: 'qwen3_5_moe'},
};

const kimiFullLayers = [4, 8, 12, 16, 20, 24, 27];

/** Kimi Linear 48B A3B: latent attention in 7 of 27 layers, numbered from 1. */
export const kimiLinear = {
  architectures: ['KimiLinearForCausalLM'],
  model_type: 'kimi_linear',
  dtype: 'bfloat16',
  first_k_dense_replace: 1,
  head_dim: 72,
  hidden_act: 'silu',
  hidden_size: 2304,
  intermediate_size: 9216,
  kv_lora_rank: 512,
  linear_attn_config: {
    full_attn_layers: kimiFullLayers,
    kda_layers: Array.from({length: 27}, (_, index) => index + 1).filter((layer) => !kimiFullLayers.includes(layer)),
    head_dim: 128,
    num_heads: 32,
    short_conv_kernel_size: 4,
  },
  mla_use_nope: true,
  model_max_length: 1_048_576,
  moe_intermediate_size: 1024,
  moe_layer_freq: 1,
  num_attention_heads: 32,
  num_experts: 256,
  num_experts_per_token: 8,
  num_hidden_layers: 27,
  num_key_value_heads: 32,
  num_shared_experts: 1,
  q_lora_rank: null,
  qk_nope_head_dim: 128,
  qk_rope_head_dim: 64,
  tie_word_embeddings: false,
  v_head_dim: 128,
  vocab_size: 163_840,
};

/** MiniMax M2.5: a list that says of each layer that it keeps every token. */
export const miniMaxM25 = {
  architectures: ['MiniMaxM2ForCausalLM'],
  model_type: 'minimax_m2',
  attn_type_list: new Array<number>(62).fill(1),
  head_dim: 128,
  hidden_act: 'silu',
  hidden_size: 3072,
  intermediate_size: 1536,
  max_position_embeddings: 196_608,
  num_attention_heads: 48,
  num_experts_per_tok: 8,
  num_hidden_layers: 62,
  num_key_value_heads: 8,
  num_local_experts: 256,
  shared_intermediate_size: 0,
  sliding_window: null,
  tie_word_embeddings: false,
  use_qk_norm: true,
  use_routing_bias: true,
  vocab_size: 200_064,
  quantization_config: {
    quant_method: 'fp8',
    activation_scheme: 'dynamic',
    weight_block_size: [128, 128],
    modules_to_not_convert: ['gate', 'e_score_correction_bias', 'lm_head'],
  },
};
