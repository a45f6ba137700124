import {z} from 'zod';
import {err, ok, type Result} from '../../../../shared/result.ts';
import type {Architecture, GroupedAttention, LatentAttention} from '../architecture.ts';
import type {ModelProblem} from '../model-problem.ts';
import {brokenConfig, type ConfigPart, fieldOf, keyName, readFields, wholeNumber, writtenKey} from './config-fields.ts';

const heads = wholeNumber(1, 4096);
const headSize = wholeNumber(1, 8192);
const rank = wholeNumber(1, 262_144);
const flag = z.boolean({error: 'true or false'}).nullish();

const latentSchema = z.object({
  num_attention_heads: heads,
  q_lora_rank: rank.nullish(),
  kv_lora_rank: rank,
  qk_nope_head_dim: headSize,
  qk_rope_head_dim: headSize,
  v_head_dim: headSize,
  attention_bias: flag,
});

const groupedSchema = z.object({
  num_attention_heads: heads,
  num_key_value_heads: heads.nullish(),
  head_dim: headSize.nullish(),
  v_head_dim: headSize.nullish(),
  /** Of Gemma 4, for layers that keep every token. */
  global_head_dim: headSize.nullish(),
  num_global_key_value_heads: heads.nullish(),
  attention_k_eq_v: flag,
  use_head_wise_attn_gate: flag,
  model_type: z.string({error: 'a name'}).nullish(),
  attention_bias: flag,
  attention_out_bias: flag,
  qkv_bias: flag,
  use_qkv_bias: flag,
  use_qk_norm: flag,
  attn_output_gate: flag,
});

/** Their attention always has biases for queries, keys and values, whatever the configuration says. */
const alwaysBiased = /^qwen2(?:_|$)/;
/** For these, `attention_bias` does not apply to the output projection. */
const neverOutputBiased = /^(?:qwen2|glm)/;
/** Their attention always normalizes queries and keys, whatever the configuration says. */
const alwaysNormed = /^(?:qwen3|dots1|hunyuan_v1|olmo2|olmoe|exaone4|minimax_m2|gemma[34]|step3p5)/;

/** Their attention always has a gate for its output, unless the configuration says otherwise. */
const alwaysGated = /^qwen3_(?:next|5)/;

/** Reads the attention of the text tower: latent if it has a rank for keys and values, otherwise grouped. */
export function readAttention(tower: ConfigPart, hiddenSize: number): Result<Architecture['attention'], ModelProblem> {
  return fieldOf(tower.value, 'kv_lora_rank') === undefined ? readGrouped(tower, hiddenSize) : readLatent(tower);
}

function readLatent(tower: ConfigPart): Result<LatentAttention, ModelProblem> {
  const fields = readFields(latentSchema, tower);
  if (!fields.ok) return fields;
  const {value} = fields;
  if (value.attention_bias === true) {
    return err(
      brokenConfig(tower.place, `${keyName(tower, 'attention_bias')} is true, expected false with kv_lora_rank`),
    );
  }
  return ok({
    kind: 'mla',
    heads: value.num_attention_heads,
    queryLoraRank: value.q_lora_rank ?? null,
    kvLoraRank: value.kv_lora_rank,
    queryKeyNopeHeadSize: value.qk_nope_head_dim,
    queryKeyRopeHeadSize: value.qk_rope_head_dim,
    valueHeadSize: value.v_head_dim,
  });
}

/** Grouped attention, as the keys of the tower say it for all layers. */
export function readGrouped(tower: ConfigPart, hiddenSize: number): Result<GroupedAttention, ModelProblem> {
  const fields = readFields(groupedSchema, tower);
  if (!fields.ok) return fields;
  const {value} = fields;
  const count = value.num_attention_heads;
  const isSharing = value.attention_k_eq_v === true;
  const globalHeads = isSharing ? (value.num_global_key_value_heads ?? null) : null;
  const kvHeads = globalHeads ?? value.num_key_value_heads ?? count;
  const headsKey = writtenKey(tower, 'num_attention_heads');
  if (count % kvHeads !== 0) {
    const key = keyName(tower, globalHeads === null ? 'num_key_value_heads' : 'num_global_key_value_heads');
    return err(brokenConfig(tower.place, `${key} is ${kvHeads}, expected a divisor of ${headsKey}, ${count}`));
  }
  const size = value.global_head_dim ?? value.head_dim ?? hiddenSize / count;
  if (!Number.isInteger(size)) {
    const key = keyName(tower, 'hidden_size');
    return err(brokenConfig(tower.place, `${key} is ${hiddenSize}, expected a multiple of ${headsKey}, ${count}`));
  }
  const type = value.model_type ?? '';
  return ok({
    kind: 'gqa',
    heads: count,
    kvHeads,
    headSize: size,
    hasQueryKeyValueBias: alwaysBiased.test(type)
      ? value.qkv_bias !== false
      : [value.attention_bias, value.qkv_bias, value.use_qkv_bias].includes(true),
    hasOutputBias: value.attention_out_bias ?? (value.attention_bias === true && !neverOutputBiased.test(type)),
    hasQueryKeyNorms: value.use_qk_norm ?? alwaysNormed.test(type),
    hasOutputGate: value.attn_output_gate ?? alwaysGated.test(type),
    hasSinks: type === 'gpt_oss',
    ...(value.v_head_dim != null && value.v_head_dim !== size ? {valueHeadSize: value.v_head_dim} : {}),
    ...(isSharing ? {sharesKeysAndValues: true} : {}),
    ...(value.use_head_wise_attn_gate === true ? {hasHeadGate: true} : {}),
  });
}
