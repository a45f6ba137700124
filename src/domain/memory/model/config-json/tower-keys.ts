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

/** What a model names or means differently. */
type Translation = {
  /** The names of keys in the file, by the keys that the readers know. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** What follows from other keys, or from the model's class. */
  readonly set?: Values;
};

const translations: Readonly<Record<string, (of: (key: string) => unknown, value: Values) => Translation>> = {
  gemma3: (_, value) => ({set: {...gemma3Defaults, ...value}}),
  gemma4: (of) =>
    of('enable_moe_block') === true
      ? {
          // Every layer adds its dense part to what its experts give.
          renamed: {num_experts_per_tok: 'top_k_experts', shared_expert_intermediate_size: 'intermediate_size'},
        }
      : {set: {num_experts: 0}},
  llama4: (of) => ({
    renamed: {
      decoder_sparse_step: 'interleave_moe_layer_step',
      moe_intermediate_size: 'intermediate_size',
      intermediate_size: 'intermediate_size_mlp',
      ...(isEmptyList(of('moe_layers')) ? {} : {layers_with_experts: 'moe_layers'}),
    },
    // Queries and keys are normalized without weights.
    set: {use_qk_norm: false, n_shared_experts: 1},
  }),
  mimo_v2_flash: () => ({renamed: {expert_switches: 'moe_layer_freq'}, set: {moe_layer_freq: 1}}),
  nemotron_h: (of) => ({
    renamed: {
      ...(of('head_dim') === undefined && of('attention_head_dim') !== undefined
        ? {head_dim: 'attention_head_dim'}
        : {}),
      shared_expert_intermediate_size: 'moe_shared_expert_intermediate_size',
      latent_size: 'moe_latent_size',
    },
    set: {
      num_hidden_layers: of('num_hidden_layers') ?? lengthOf(of('layers_block_type')),
      // Experts are where the list of layers says, and shared ones have a size of their own.
      n_shared_experts: 0,
      topk_method: 'noaux_tc',
      // What predicts further tokens has layers of its own kinds, which are not read.
      num_nextn_predict_layers: 0,
    },
  }),
  step3p5: (of) => ({
    renamed: {
      num_key_value_heads: 'num_attention_groups',
      num_experts: 'moe_num_experts',
      num_experts_per_tok: 'moe_top_k',
      shared_expert_intermediate_size: 'share_expert_dim',
      use_routing_bias: 'use_moe_router_bias',
      layers_with_experts: 'moe_layers_enum',
    },
    set: {
      layers_with_experts: numbersOf(of('moe_layers_enum')),
      // Without the list, all layers after the first have experts (vLLM `step3p5.py`).
      first_k_dense_replace: 1,
      num_nextn_predict_layers: 0,
    },
  }),
};

/** The text tower with the keys that the readers know. */
export function withKnownKeys(tower: ConfigPart): ConfigPart {
  const {value} = tower;
  if (!isRecord(value)) return tower;
  const of = (key: string): unknown => fieldOf(value, key);
  const type = towerType(tower);
  const {renamed = {}, set = {}} = (Object.hasOwn(translations, type) ? translations[type]?.(of, value) : null) ?? {};
  const read = Object.fromEntries(Object.entries(renamed).map(([key, written]) => [key, of(written)]));
  const known: Values = {...value, ...read, ...set};
  // Kimi Linear gives its longest context under another name.
  const longest = of('model_max_length');
  if (fieldOf(known, 'max_position_embeddings') !== undefined || longest === undefined) {
    return {...tower, value: known, writtenAs: renamed};
  }
  return {
    ...tower,
    value: {...known, max_position_embeddings: longest},
    writtenAs: {...renamed, max_position_embeddings: 'model_max_length'},
  };
}

/** The type of the text tower, whether it stands alone or below a multimodal model. */
export function towerType(tower: ConfigPart): string {
  const type = fieldOf(tower.value, 'model_type');
  return typeof type === 'string' ? type.replace(/_text$/, '') : '';
}

/** Nemotron 3 Ultra has as many layers as it names. */
function lengthOf(list: unknown): unknown {
  return Array.isArray(list) && list.length > 0 ? list.length : undefined;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** The numbers of `3,4,5,...`; what is no such text stays as it is. */
function numbersOf(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const numbers = text.split(',', 1025).map((number) => number.trim());
  return numbers.every((number) => /^\d{1,4}$/.test(number)) ? numbers.map(Number) : text;
}
