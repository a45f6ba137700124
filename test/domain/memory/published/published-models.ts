import {type ModelOnDisk, modelOfConfig} from '../../../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../../../src/domain/memory/model/config-json/model-config.ts';
import {
  glm51,
  glm51Modelopt,
  gptOss20b,
  gptOss120b,
  miniMaxM25,
  qwen3Next,
  qwen35Dense,
  qwen35Dense4b,
  qwen35Dense800m,
  qwen36Modelopt,
} from '../model/hybrid-configs.ts';

const llama = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
};
const qwen2 = {
  ...llama,
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  hidden_size: 3584,
  intermediate_size: 18_944,
  num_hidden_layers: 28,
  num_attention_heads: 28,
  num_key_value_heads: 4,
  vocab_size: 152_064,
  max_position_embeddings: 32_768,
};
const qwen3 = {
  ...llama,
  architectures: ['Qwen3ForCausalLM'],
  model_type: 'qwen3',
  hidden_size: 5120,
  intermediate_size: 17_408,
  num_hidden_layers: 40,
  num_attention_heads: 40,
  vocab_size: 151_936,
  max_position_embeddings: 40_960,
};
const qwen3Experts = {
  ...qwen3,
  architectures: ['Qwen3MoeForCausalLM'],
  model_type: 'qwen3_moe',
  hidden_size: 2048,
  intermediate_size: 6144,
  num_hidden_layers: 48,
  num_attention_heads: 32,
  num_key_value_heads: 4,
  decoder_sparse_step: 1,
  mlp_only_layers: [],
  moe_intermediate_size: 768,
  num_experts: 128,
  num_experts_per_tok: 8,
};
const {quantization_config: _fp8, ...glm51Bare} = glm51;
const fp8Channels = {
  quant_method: 'compressed-tensors',
  format: 'float-quantized',
  ignore: ['lm_head'],
  config_groups: {
    group_0: {targets: ['Linear'], weights: {num_bits: 8, type: 'float', strategy: 'channel', symmetric: true}},
  },
};
const fp8Blocks = {quant_method: 'fp8', fmt: 'e4m3', activation_scheme: 'dynamic', weight_block_size: [128, 128]};

/** The shapes of models with published starts, as their `config.json` states them. */
const configs = {
  'Llama 3.1 8B': llama,
  'Llama 3 8B': {...llama, max_position_embeddings: 8192},
  'Llama 3.3 70B FP8': {
    ...llama,
    hidden_size: 8192,
    intermediate_size: 28_672,
    num_hidden_layers: 80,
    num_attention_heads: 64,
    quantization_config: fp8Channels,
  },
  'Qwen2.5 3B': {
    ...qwen2,
    hidden_size: 2048,
    intermediate_size: 11_008,
    num_hidden_layers: 36,
    num_attention_heads: 16,
    num_key_value_heads: 2,
    vocab_size: 151_936,
    tie_word_embeddings: true,
  },
  'Qwen2.5 7B': qwen2,
  'Qwen2.5 14B AWQ': {
    ...qwen2,
    hidden_size: 5120,
    intermediate_size: 13_824,
    num_hidden_layers: 48,
    num_attention_heads: 40,
    num_key_value_heads: 8,
    quantization_config: {quant_method: 'awq', bits: 4, group_size: 128, version: 'gemm', zero_point: true},
  },
  'Qwen2.5 72B': {
    ...qwen2,
    hidden_size: 8192,
    intermediate_size: 29_568,
    num_hidden_layers: 80,
    num_attention_heads: 64,
    num_key_value_heads: 8,
  },
  'Qwen3 0.6B': {
    ...qwen3,
    hidden_size: 1024,
    intermediate_size: 3072,
    num_hidden_layers: 28,
    num_attention_heads: 16,
    tie_word_embeddings: true,
  },
  'Qwen3 8B': {...qwen3, hidden_size: 4096, intermediate_size: 12_288, num_hidden_layers: 36, num_attention_heads: 32},
  'Qwen3 8B FP8': {
    ...qwen3,
    hidden_size: 4096,
    intermediate_size: 12_288,
    num_hidden_layers: 36,
    num_attention_heads: 32,
    quantization_config: fp8Blocks,
  },
  'Qwen3 14B': qwen3,
  'Qwen3 32B': {...qwen3, intermediate_size: 25_600, num_hidden_layers: 64, num_attention_heads: 64},
  'Qwen3 30B A3B': qwen3Experts,
  'Qwen3 30B A3B FP8': {
    ...qwen3Experts,
    quantization_config: {...fp8Blocks, modules_to_not_convert: ['lm_head', 're:.*mlp.gate$']},
  },
  'Qwen3 Next': qwen3Next,
  'Qwen3.5 0.8B': qwen35Dense800m,
  'Qwen3.5 4B': qwen35Dense4b,
  'Qwen3.5 27B': qwen35Dense,
  'Qwen3.6 27B NVFP4': qwen35Dense,
  'GLM-5.1 FP8': glm51,
  'GLM-5.1 NVFP4': glm51Bare,
  'MiniCPM5 1B': {
    ...llama,
    hidden_size: 1536,
    intermediate_size: 4608,
    num_hidden_layers: 24,
    num_attention_heads: 16,
    num_key_value_heads: 2,
    vocab_size: 130_560,
  },
  'Qwen3 235B A22B FP8': {
    ...qwen3,
    architectures: ['Qwen3MoeForCausalLM'],
    model_type: 'qwen3_moe',
    hidden_size: 4096,
    intermediate_size: 12_288,
    num_hidden_layers: 94,
    num_attention_heads: 64,
    num_key_value_heads: 4,
    decoder_sparse_step: 1,
    mlp_only_layers: [],
    moe_intermediate_size: 1536,
    num_experts: 128,
    num_experts_per_tok: 8,
    quantization_config: {...fp8Blocks, modules_to_not_convert: ['lm_head', 're:.*mlp.gate$']},
  },
  'gpt-oss 20B': gptOss20b,
  'gpt-oss 120B': gptOss120b,
  'MiniMax M2.5': miniMaxM25,
  'DeepSeek R1': {
    architectures: ['DeepseekV3ForCausalLM'],
    model_type: 'deepseek_v3',
    hidden_size: 7168,
    intermediate_size: 18_432,
    num_hidden_layers: 61,
    num_attention_heads: 128,
    num_key_value_heads: 128,
    q_lora_rank: 1536,
    kv_lora_rank: 512,
    qk_nope_head_dim: 128,
    qk_rope_head_dim: 64,
    v_head_dim: 128,
    first_k_dense_replace: 3,
    moe_layer_freq: 1,
    moe_intermediate_size: 2048,
    n_routed_experts: 256,
    n_shared_experts: 1,
    num_experts_per_tok: 8,
    topk_method: 'noaux_tc',
    vocab_size: 129_280,
    max_position_embeddings: 163_840,
    tie_word_embeddings: false,
    torch_dtype: 'bfloat16',
    quantization_config: fp8Blocks,
  },
} as const;
export type PublishedModel = keyof typeof configs;

/** Repacks whose quantization is in a file of its own. */
const separate: Partial<Record<PublishedModel, object>> = {
  'GLM-5.1 NVFP4': glm51Modelopt,
  'Qwen3.6 27B NVFP4': qwen36Modelopt,
};

/** A model as a directory with these shapes and without weights describes it. */
export function publishedModel(name: PublishedModel): ModelOnDisk {
  const quantization = separate[name];
  const file =
    quantization === undefined
      ? undefined
      : {text: JSON.stringify(quantization), place: `${name}/hf_quant_config.json`};
  const config = readModelConfig(JSON.stringify(configs[name]), `${name}/config.json`, file);
  if (!config.ok) throw new Error(config.error.message);
  return modelOfConfig(name, config.value);
}
