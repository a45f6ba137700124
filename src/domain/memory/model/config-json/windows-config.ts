import {z} from 'zod';
import {ok, type Result} from '../../../../shared/result.ts';
import type {LayerCache} from '../architecture.ts';
import type {ModelProblem} from '../model-problem.ts';
import {readGrouped} from './attention-config.ts';
import {type ConfigPart, fieldOf, isRecord, readFields, wholeNumber} from './config-fields.ts';
import {type LayerCaches, layerKinds, noLayerCaches} from './layer-kinds.ts';
import {towerType} from './tower-keys.ts';

const names = z.array(z.string({error: 'a name'}), {error: 'a list of names'}).max(1100, {error: 'a list of names'});
const switches = z.array(wholeNumber(0, 1), {error: 'a list of 0 and 1'}).max(1024, {error: 'a list of 0 and 1'});
const windowSchema = z.object({
  hidden_size: wholeNumber(1, 262_144),
  layer_types: names.nullish(),
  sliding_window: wholeNumber(1, 1_000_000_000).nullish(),
  sliding_window_pattern: wholeNumber(1, 1024).nullish(),
  attention_chunk_size: wholeNumber(1, 1_000_000_000).nullish(),
  no_rope_layers: switches.nullish(),
  hybrid_layer_pattern: switches.nullish(),
});
type Fields = z.infer<typeof windowSchema>;

const kinds: Readonly<Record<string, LayerCache>> = {
  full_attention: 'full',
  sliding_attention: 'window',
  chunked_attention: 'window',
};
/** MiMo V2: 1 has a window. Llama 4: 1 has rotary positions, and those have chunks. */
const switchKinds: Readonly<Record<string, LayerCache>> = {0: 'full', 1: 'window'};

/** Reads which layers keep only the last tokens, how many, and the shape of their attention where it is another. */
export function readWindows(tower: ConfigPart, layers: number): Result<LayerCaches, ModelProblem> {
  const fields = readFields(windowSchema, tower);
  if (!fields.ok) return fields;
  const type = towerType(tower);
  const {value} = fields;
  const caches = readKinds(tower, type, value, layers);
  if (!caches.ok) return caches;
  const window = type === 'llama4' ? value.attention_chunk_size : value.sliding_window;
  if (window === null || window === undefined) {
    const key = type === 'llama4' ? 'attention_chunk_size' : 'sliding_window';
    const missing = readFields(z.object({[key]: wholeNumber(1, 1_000_000_000)}), tower);
    if (!missing.ok) return missing;
  }
  const found = {
    ...noLayerCaches,
    layerCaches: caches.value,
    windowTokens: window ?? null,
    windowModel: type,
    ...(type === 'llama4' ? {isWindowChunk: true} : {}),
  };
  const other = windowTower(type, tower);
  if (other === undefined) return ok(found);
  const windowAttention = readGrouped(other, value.hidden_size);
  return windowAttention.ok ? ok({...found, windowAttention: windowAttention.value}) : windowAttention;
}

/** What each layer keeps; without a list, as the model's class has it. */
function readKinds(tower: ConfigPart, type: string, value: Fields, layers: number): Result<LayerCache[], ModelProblem> {
  const {layer_types, hybrid_layer_pattern, no_rope_layers, sliding_window_pattern} = value;
  if (layer_types) {
    // Step 3.5 lists its layers for further tokens, too.
    const names = type === 'step3p5' ? layer_types.slice(0, layers) : layer_types;
    return layerKinds(tower, {key: 'layer_types', names}, layers, kinds);
  }
  if (hybrid_layer_pattern) {
    return layerKinds(tower, {key: 'hybrid_layer_pattern', names: hybrid_layer_pattern}, layers, switchKinds);
  }
  // Published files of Llama 4 have an empty list, which is as none (`configuration_llama4.py`).
  if (no_rope_layers?.length) {
    return layerKinds(tower, {key: 'no_rope_layers', names: no_rope_layers}, layers, switchKinds);
  }
  const interval = sliding_window_pattern ?? intervals[type] ?? 2;
  const names = Array.from({length: layers}, (_, layer) =>
    (layer + 1) % interval === 0 ? 'full_attention' : 'sliding_attention',
  );
  const key = sliding_window_pattern ? 'sliding_window_pattern' : 'num_hidden_layers';
  return layerKinds(tower, {key, names}, layers, kinds);
}

/** Every n-th layer keeps all tokens, where the configuration does not say it. */
const intervals: Readonly<Record<string, number>> = {gemma3: 6, gemma4: 6, llama4: 4};

/** The tower as a layer with a window sees it; undefined where its attention is that of the other layers. */
function windowTower(type: string, tower: ConfigPart): ConfigPart | undefined {
  const field = (key: string): unknown => fieldOf(tower.value, key);
  const own: Readonly<Record<string, unknown>> = isRecord(tower.value) ? tower.value : {};
  const withShapes = (shapes: object, writtenAs: Readonly<Record<string, string>> = {}): ConfigPart => ({
    ...tower,
    value: {...own, ...shapes},
    writtenAs: {...tower.writtenAs, ...writtenAs},
  });
  switch (type) {
    case 'gemma4':
      // The keys without a prefix are those of layers with a window.
      return withShapes({global_head_dim: undefined, num_global_key_value_heads: undefined, attention_k_eq_v: false});
    case 'mimo_v2_flash': {
      const shapes = Object.entries(mimoWindowKeys).map(([key, written]) => [key, field(written)] as const);
      return withShapes(Object.fromEntries(shapes), mimoWindowKeys);
    }
    case 'step3p5': {
      const other = field('attention_other_setting');
      if (!isRecord(other)) return undefined;
      const given = Object.entries(stepWindowKeys).filter(([, written]) => fieldOf(other, written) !== undefined);
      return withShapes(
        Object.fromEntries(given.map(([key, written]) => [key, fieldOf(other, written)])),
        Object.fromEntries(given.map(([key, written]) => [key, `attention_other_setting.${written}`])),
      );
    }
    default:
      return undefined;
  }
}

const mimoWindowKeys = {
  num_attention_heads: 'swa_num_attention_heads',
  num_key_value_heads: 'swa_num_key_value_heads',
  head_dim: 'swa_head_dim',
  v_head_dim: 'swa_v_head_dim',
};
/** Below `attention_other_setting`. */
const stepWindowKeys = {
  num_attention_heads: 'num_attention_heads',
  num_key_value_heads: 'num_attention_groups',
  head_dim: 'head_dim',
};
