import {quoteValue} from '../model-problem.ts';
import {type ConfigPart, fieldOf, keyName} from './config-fields.ts';

/** Models that do not keep keys and values of every token, by their `model_type`. */
const otherMemory: Readonly<Record<string, string>> = {
  bamba: 'state-space layers',
  falcon_h1: 'state-space layers',
  falcon_mamba: 'state-space layers',
  granitemoehybrid: 'state-space layers',
  jamba: 'state-space layers',
  lfm2: 'convolution layers',
  lfm2_moe: 'convolution layers',
  mamba: 'state-space layers',
  mamba2: 'state-space layers',
  minimax: 'linear attention layers',
  minimax_text_01: 'linear attention layers',
  plamo2: 'state-space layers',
  recurrent_gemma: 'recurrent layers',
  rwkv: 'recurrent layers',
  zamba: 'state-space layers',
  zamba2: 'state-space layers',
  cohere2: 'sliding-window attention',
  gemma2: 'sliding-window attention',
  gemma3n: 'sliding-window attention',
  gemma3n_text: 'sliding-window attention',
  deepseek_v4:
    'compressed sparse attention, with caches for windows, compressed tokens and compressors that are not planned',
  kimi_k3: 'delta attention and attention over layers, with caches that are not planned',
  minimax_m3: 'sparse attention with an index over blocks of keys, with a cache that is not planned',
  mllama: 'cross attention to images',
  mllama_text_model: 'cross attention to images',
  deci: 'layers that differ from each other',
  'nemotron-nas': 'layers that differ from each other',
  openelm: 'layers that differ from each other',
};

/** Models whose layers have unusual matrices, by their `model_type`. */
const otherMatrices = new Set([
  ...['arcee', 'bert', 'bloom', 'dbrx', 'falcon', 'gpt2', 'gpt_bigcode', 'gpt_neo', 'gpt_neox', 'gptj', 'mpt'],
  ...['nemotron', 'opt', 'persimmon', 'phi', 'roberta', 'starcoder2', 'stablelm_alpha', 'xlm-roberta'],
]);

/** Keys that only a model with other memory rules or other matrices has. */
const tellingKeys: readonly (readonly [key: string, what: string])[] = [
  ['attention_chunk_size', 'chunked attention'],
  ['attn_res_block_size', 'attention over layers'],
  ['block_configs', 'layers that differ from each other'],
  ['compress_ratios', 'compressed attention'],
  ['cross_attention_layers', 'cross attention'],
  ['full_attention_interval', 'linear attention layers'],
  ['hidden_size_per_layer_input', 'an embedding for each layer'],
  ['hybrid_override_pattern', 'layers of several kinds'],
  ['index_topk', 'sparse attention with a separate index'],
  ['layers_block_type', 'layers of several kinds'],
  ['linear_attn_config', 'linear attention layers'],
  ['mamba_d_state', 'state-space layers'],
  ['mla_use_output_gate', 'a gate for the output of latent attention'],
  ['num_kv_shared_layers', 'layers that share their keys and values'],
  ['routed_expert_hidden_size', 'experts of another width'],
  ['sliding_window_pattern', 'sliding-window attention'],
  ['sparse_attention_config', 'sparse attention with a separate index'],
  ['ssm_state_size', 'state-space layers'],
  ['state_size', 'state-space layers'],
];

const windowKeys = ['layer_types', 'sliding_window', 'sliding_window_pattern'] as const;

/** Models whose layers of several kinds are planned, with the keys that say so. */
const plannedKeys: Readonly<Record<string, readonly string[]>> = {
  deepseek_v32: ['index_topk'],
  glm_moe_dsa: ['index_topk'],
  gemma3: windowKeys,
  gemma3_text: windowKeys,
  gemma4: windowKeys,
  gemma4_text: windowKeys,
  gpt_oss: windowKeys,
  kimi_linear: ['linear_attn_config'],
  llama4: ['attention_chunk_size', ...windowKeys],
  llama4_text: ['attention_chunk_size', ...windowKeys],
  // Its chunk size repeats its window.
  mimo_v2_flash: ['attention_chunk_size', ...windowKeys],
  nemotron_h: ['hybrid_override_pattern', 'layers_block_type', 'ssm_state_size'],
  qwen3_5: ['full_attention_interval', 'layer_types'],
  qwen3_5_moe: ['full_attention_interval', 'layer_types'],
  qwen3_5_moe_text: ['full_attention_interval', 'layer_types'],
  qwen3_5_text: ['full_attention_interval', 'layer_types'],
  qwen3_next: ['full_attention_interval', 'layer_types'],
  step3p5: windowKeys,
};

/**
 * Why the formulas for parameters and KV cache do not apply to a model; undefined if they do. A model is refused with
 * its name rather than planned with the wrong formula.
 */
export function unplannedTrait(top: ConfigPart, tower: ConfigPart): string | undefined {
  for (const part of [top, tower]) {
    const type = fieldOf(part.value, 'model_type');
    if (typeof type !== 'string') continue;
    if (Object.hasOwn(otherMemory, type)) return `${type} has ${otherMemory[type]}`;
    if (otherMatrices.has(type)) return `${type} has other matrices in its layers`;
  }
  const planned = plannedKeysOf(tower);
  return (
    tellingKey(tower, planned) ??
    attentionList(tower) ??
    (planned.includes('layer_types') ? undefined : layerKinds(tower)) ??
    (planned.includes('sliding_window') ? undefined : slidingWindow(tower)) ??
    otherShape(top, tower)
  );
}

function plannedKeysOf(tower: ConfigPart): readonly string[] {
  const type = fieldOf(tower.value, 'model_type');
  return typeof type === 'string' && Object.hasOwn(plannedKeys, type) ? (plannedKeys[type] ?? []) : [];
}

/** MiniMax: 1 for each layer with attention over all tokens, 0 for linear attention. */
function attentionList(tower: ConfigPart): string | undefined {
  const key = 'attn_type_list';
  const kinds = fieldOf(tower.value, key);
  if (kinds === undefined || kinds === false || kinds === 0) return undefined;
  if (Array.isArray(kinds) && kinds.every((kind) => kind === 1)) return undefined;
  return `${keyName(tower, key)} stands for layers of several kinds, or linear attention`;
}

function tellingKey(tower: ConfigPart, planned: readonly string[]): string | undefined {
  const found = tellingKeys.find(([key]) => {
    if (planned.includes(key)) return false;
    const value = fieldOf(tower.value, key);
    return value !== undefined && value !== false && value !== 0 && !(Array.isArray(value) && value.length === 0);
  });
  return found === undefined ? undefined : `${keyName(tower, found[0])} stands for ${found[1]}`;
}

/** Kinds of layers that keep every token; sparse attention selects from all of them. */
const everyToken: ReadonlySet<unknown> = new Set(['full_attention', 'attention', 'deepseek_sparse_attention']);

function layerKinds(tower: ConfigPart): string | undefined {
  const kinds = fieldOf(tower.value, 'layer_types');
  if (!Array.isArray(kinds)) return undefined;
  const other: unknown = kinds.find((kind) => !everyToken.has(kind));
  return other === undefined ? undefined : `${keyName(tower, 'layer_types')} has layers of kind ${quoteValue(other)}`;
}

/** A window at least as long as the context has no effect; Qwen 2 sets one that it does not use. */
function slidingWindow(tower: ConfigPart): string | undefined {
  const window = fieldOf(tower.value, 'sliding_window');
  const longest = fieldOf(tower.value, 'max_position_embeddings');
  if (typeof window !== 'number' || fieldOf(tower.value, 'use_sliding_window') === false) return undefined;
  if (typeof longest === 'number' && window >= longest) return undefined;
  return `${keyName(tower, 'sliding_window')} of ${quoteValue(window)} tokens limits the KV cache`;
}

function otherShape(top: ConfigPart, tower: ConfigPart): string | undefined {
  if (fieldOf(top.value, 'is_encoder_decoder') === true) return 'it is an encoder with a decoder';
  if (fieldOf(top.value, 'audio_config') !== undefined) return 'it has an audio tower';
  if (fieldOf(tower.value, 'mlp_bias') === true) return 'its feed-forward layers have biases';
  const activation = fieldOf(tower.value, 'hidden_act') ?? fieldOf(tower.value, 'hidden_activation');
  const type = fieldOf(tower.value, 'model_type');
  const isGemma = typeof type === 'string' && type.startsWith('gemma');
  if (typeof activation === 'string' && !isGemma && /^(?:gelu|gelu_new|gelu_fast|relu2?)$/.test(activation)) {
    return `a feed-forward layer with ${activation} has no gate`;
  }
  const hasKvHeads = fieldOf(tower.value, 'num_key_value_heads') !== undefined;
  const otherHeads = ['multi_query', 'multi_query_group_num', 'num_kv_heads', 'n_kv_heads'].find(
    (key) => !hasKvHeads && fieldOf(tower.value, key) !== undefined,
  );
  return otherHeads === undefined ? undefined : `${keyName(tower, otherHeads)} shares heads in an unsupported way`;
}
