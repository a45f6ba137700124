import {type ConfigPart, fieldOf, isRecord} from './config-fields.ts';

type Values = Readonly<Record<string, unknown>>;

/** `Gemma3TextConfig` of transformers: published files leave out what equals it. */
const gemma3Defaults: Values = {
  vocab_size: 262_208,
  max_position_embeddings: 131_072,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  sliding_window: 4096,
};

/** Of models that name or mean things differently: the keys that the readers know, from those that are there. */
const translations: Readonly<Record<string, (value: Values, of: (key: string) => unknown) => Values>> = {
  gemma3: (value) => ({...gemma3Defaults, ...value}),
  gemma4: (value, of) =>
    of('enable_moe_block') === true
      ? {
          ...value,
          num_experts_per_tok: of('top_k_experts'),
          // Every layer adds its dense part to what its experts give.
          shared_expert_intermediate_size: of('intermediate_size'),
        }
      : {...value, num_experts: 0},
  llama4: (value, of) => ({
    ...value,
    // Queries and keys are normalized without weights.
    use_qk_norm: false,
    decoder_sparse_step: of('interleave_moe_layer_step'),
    moe_intermediate_size: of('intermediate_size'),
    intermediate_size: of('intermediate_size_mlp'),
    n_shared_experts: 1,
  }),
  mimo_v2_flash: (value, of) => ({...value, ...leadingDense(of('moe_layer_freq')), moe_layer_freq: 1}),
  nemotron_h: (value, of) => ({
    ...value,
    head_dim: of('head_dim') ?? of('attention_head_dim'),
    num_hidden_layers: of('num_hidden_layers') ?? lengthOf(of('layers_block_type')),
    // Experts are where the list of layers says, and shared ones have a size of their own.
    n_shared_experts: 0,
    shared_expert_intermediate_size: of('moe_shared_expert_intermediate_size'),
    topk_method: 'noaux_tc',
    latent_size: of('moe_latent_size'),
    // What predicts further tokens has layers of its own kinds, which are not read.
    num_nextn_predict_layers: 0,
  }),
  step3p5: (value, of) => ({
    ...value,
    num_key_value_heads: of('num_attention_groups'),
    num_experts: of('moe_num_experts'),
    num_experts_per_tok: of('moe_top_k'),
    shared_expert_intermediate_size: of('share_expert_dim'),
    use_routing_bias: of('use_moe_router_bias'),
    first_k_dense_replace: firstOf(of('moe_layers_enum')),
    num_nextn_predict_layers: 0,
  }),
};

/** The text tower with the keys that the readers know. */
export function withKnownKeys(tower: ConfigPart): ConfigPart {
  const {value} = tower;
  if (!isRecord(value)) return tower;
  const of = (key: string): unknown => fieldOf(value, key);
  const type = towerType(tower);
  const translate = translations[type];
  const known = translate === undefined || !Object.hasOwn(translations, type) ? value : translate(value, of);
  // Kimi Linear gives its longest context under another name.
  const longest = fieldOf(known, 'max_position_embeddings') ?? of('model_max_length');
  return {...tower, value: longest === undefined ? known : {...known, max_position_embeddings: longest}};
}

/** The type of the text tower, whether it stands alone or below a multimodal model. */
export function towerType(tower: ConfigPart): string {
  const type = fieldOf(tower.value, 'model_type');
  return typeof type === 'string' ? type.replace(/_text$/, '') : '';
}

/** The first layers without experts, from a list of 0 and 1. */
function leadingDense(list: unknown): Values {
  return Array.isArray(list) ? {first_k_dense_replace: Math.max(list.indexOf(1), 0)} : {};
}

/** Nemotron 3 Ultra has as many layers as it names. */
function lengthOf(list: unknown): unknown {
  return Array.isArray(list) ? list.length : undefined;
}

/** The first of the numbers `3,4,5,...`: from there on, all layers have experts. */
function firstOf(list: unknown): unknown {
  const first = typeof list === 'string' ? /^\s{0,9}(\d{1,4})/.exec(list)?.[1] : undefined;
  return first === undefined ? undefined : Number(first);
}
