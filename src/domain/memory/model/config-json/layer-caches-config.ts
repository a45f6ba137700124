import {z} from 'zod';
import {err, ok, type Result} from '../../../../shared/result.ts';
import type {Indexer, LinearAttention} from '../architecture.ts';
import type {ModelProblem} from '../model-problem.ts';
import {readBlocks} from './blocks-config.ts';
import {brokenConfig, type ConfigPart, keyName, partBelow, readFields, wholeNumber} from './config-fields.ts';
import {type LayerCaches, layerKinds, namedKinds, noLayerCaches} from './layer-kinds.ts';
import {towerType} from './tower-keys.ts';
import {readWindows} from './windows-config.ts';

const heads = wholeNumber(1, 4096);
const headSize = wholeNumber(1, 8192);
const kernel = wholeNumber(1, 64);
const numbers = z.array(wholeNumber(1, 1024), {error: 'a list of layers'}).max(1024, {error: 'a list of layers'});
const names = z.array(z.string({error: 'a name'}), {error: 'a list of names'}).max(1024, {error: 'a list of names'});

const gatedDeltaSchema = z.object({
  layer_types: names.nullish(),
  full_attention_interval: wholeNumber(1, 1024).nullish(),
  linear_num_key_heads: heads,
  linear_num_value_heads: heads,
  linear_key_head_dim: headSize,
  linear_value_head_dim: headSize,
  linear_conv_kernel_dim: kernel,
  mamba_ssm_dtype: z.string({error: 'a name'}).nullish(),
});
const kdaSchema = z.object({
  kda_layers: numbers,
  full_attn_layers: numbers,
  num_heads: heads,
  head_dim: headSize,
  short_conv_kernel_size: kernel,
});
const indexerSchema = z.object({index_n_heads: heads, index_head_dim: headSize, indexer_types: names.nullish()});

/** Reads what each of the text tower's layers keeps, for the models that are planned with layers of several kinds. */
export function readLayerCaches(tower: ConfigPart, layers: number): Result<LayerCaches, ModelProblem> {
  switch (towerType(tower)) {
    case 'qwen3_next':
    case 'qwen3_5':
    case 'qwen3_5_moe':
      return readGatedDelta(tower, layers);
    case 'kimi_linear':
      return readKda(tower, layers);
    case 'gpt_oss':
    case 'gemma3':
    case 'gemma4':
    case 'llama4':
    case 'mimo_v2_flash':
    case 'step3p5':
      return readWindows(tower, layers);
    case 'nemotron_h':
      return readBlocks(tower, layers);
    case 'deepseek_v32':
    case 'glm_moe_dsa':
      return readIndexer(tower, layers);
    default:
      return ok(noLayerCaches);
  }
}

function readGatedDelta(tower: ConfigPart, layers: number): Result<LayerCaches, ModelProblem> {
  const fields = readFields(gatedDeltaSchema, tower);
  if (!fields.ok) return fields;
  const {value} = fields;
  const interval = value.full_attention_interval ?? 4;
  const stated = value.layer_types
    ? {key: 'layer_types', names: value.layer_types}
    : {
        key: value.full_attention_interval ? 'full_attention_interval' : 'num_hidden_layers',
        names: byInterval(layers, interval),
      };
  const caches = layerKinds(tower, stated, layers, {full_attention: 'full', linear_attention: 'linear'});
  if (!caches.ok) return caches;
  const linearAttention: LinearAttention = {
    kind: 'gated-delta',
    keyHeads: value.linear_num_key_heads,
    valueHeads: value.linear_num_value_heads,
    keyHeadSize: value.linear_key_head_dim,
    valueHeadSize: value.linear_value_head_dim,
    convolutionTokens: value.linear_conv_kernel_dim,
    stateElementBytes: value.mamba_ssm_dtype === 'float32' ? 4 : 2,
  };
  return ok({...noLayerCaches, layerCaches: caches.value, linearAttention});
}

/** Every n-th layer keeps all tokens, the last of each group. */
function byInterval(layers: number, interval: number): string[] {
  return Array.from({length: layers}, (_, layer) =>
    (layer + 1) % interval === 0 ? 'full_attention' : 'linear_attention',
  );
}

/** Kimi Linear lists its layers by number from 1; its recurrent state is F32 (vLLM `kda.py`). */
function readKda(tower: ConfigPart, layers: number): Result<LayerCaches, ModelProblem> {
  const part = partBelow(tower, 'linear_attn_config');
  if (part === undefined) {
    return err(brokenConfig(tower.place, `${keyName(tower, 'linear_attn_config')} is missing, expected an object`));
  }
  const fields = readFields(kdaSchema, part);
  if (!fields.ok) return fields;
  const {kda_layers, full_attn_layers, num_heads, head_dim, short_conv_kernel_size} = fields.value;
  const linear = new Set(kda_layers);
  const full = new Set(full_attn_layers);
  const every = Array.from({length: layers}, (_, layer) => layer + 1);
  if (!every.every((layer) => linear.has(layer) !== full.has(layer)) || linear.size + full.size !== layers) {
    const keys = `${keyName(part, 'kda_layers')} and full_attn_layers`;
    return err(brokenConfig(tower.place, `${keys} do not name each of the ${layers} layers once, expected that`));
  }
  return ok({
    ...noLayerCaches,
    layerCaches: every.map((layer) => (full.has(layer) ? 'full' : 'linear')),
    linearAttention: {
      kind: 'kda',
      keyHeads: num_heads,
      valueHeads: num_heads,
      keyHeadSize: head_dim,
      valueHeadSize: head_dim,
      convolutionTokens: short_conv_kernel_size,
      stateElementBytes: 4,
    },
  });
}

function readIndexer(tower: ConfigPart, layers: number): Result<LayerCaches, ModelProblem> {
  const fields = readFields(indexerSchema, tower);
  if (!fields.ok) return fields;
  const {index_n_heads, index_head_dim, indexer_types} = fields.value;
  const names = indexer_types ?? new Array<string>(layers).fill('full');
  const isOnLayer = namedKinds(tower, {key: 'indexer_types', names}, layers, {full: true, shared: false});
  if (!isOnLayer.ok) return isOnLayer;
  const indexer: Indexer = {heads: index_n_heads, headSize: index_head_dim, isOnLayer: isOnLayer.value};
  return ok({...noLayerCaches, indexer});
}
