import {z} from 'zod';
import type {Architecture, LayerCache, LinearAttention} from '../../../domain/memory/model/architecture.ts';
import {type ConfigPart, readFields, wholeNumber} from '../../../domain/memory/model/config-json/config-fields.ts';
import type {ModelProblem} from '../../../domain/memory/model/model-problem.ts';
import {countedText} from '../../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {brokenFile} from '../file-problem.ts';

/** What layers keep, where not all of them keep every token. */
export type GgufLayerCaches = Pick<
  Architecture,
  'layerCaches' | 'windowTokens' | 'windowModel' | 'linearAttention' | 'indexer'
>;

const count = wholeNumber(1, 262_144);
const perLayer = z.array(z.union([z.boolean(), wholeNumber(0, 4096)])).max(1024);

const windowSchema = z.object({
  'attention.sliding_window': wholeNumber(1, 1_000_000_000),
  'attention.sliding_window_pattern': z.union([wholeNumber(0, 1024), perLayer]).optional(),
});
const gatedDeltaSchema = z.object({
  'ssm.conv_kernel': wholeNumber(1, 64),
  'ssm.inner_size': count,
  'ssm.state_size': count,
  'ssm.time_step_rank': count,
  'ssm.group_count': count,
  full_attention_interval: wholeNumber(1, 1024).optional(),
  'attention.recurrent_layers': perLayer.optional(),
});
const kdaSchema = z.object({
  'ssm.conv_kernel': wholeNumber(1, 64),
  'kda.head_dim': count,
  'attention.head_count': count,
  'attention.head_count_kv': perLayer,
});
const indexerSchema = z.object({
  'attention.indexer.head_count': count,
  'attention.indexer.key_length': count,
  'attention.indexer.types': z.union([perLayer, wholeNumber(0, 1)]).optional(),
});

const none: GgufLayerCaches = {layerCaches: null, windowTokens: null, linearAttention: null, indexer: null};

type Reader = (part: ConfigPart, layers: number, tensors: ReadonlySet<string>) => Result<GgufLayerCaches, ModelProblem>;

/** Architectures whose layers of several kinds are planned, as llama.cpp's loaders read them (`src/models`). */
const readers: Readonly<Record<string, Reader>> = {
  'gpt-oss': (part, layers) => readWindow(part, layers, 2, 'gpt_oss'),
  gemma3: (part, layers) => readWindow(part, layers, 6, 'gemma3'),
  qwen3next: readGatedDelta,
  qwen35: readGatedDelta,
  qwen35moe: readGatedDelta,
  'kimi-linear': readKda,
  deepseek32: readIndexer,
  'glm-dsa': readIndexer,
};

/** True for an architecture with layers of several kinds that is planned. */
export function hasKnownLayerCaches(id: string): boolean {
  return Object.hasOwn(readers, id);
}

/** What each layer keeps; every token in an architecture that has layers of one kind. */
export function readGgufLayerCaches(
  id: string,
  part: ConfigPart,
  layers: number,
  tensors: ReadonlySet<string>,
): Result<GgufLayerCaches, ModelProblem> {
  const reader = readers[id];
  if (reader === undefined || !hasKnownLayerCaches(id)) return ok(none);
  const found = reader(part, layers, tensors);
  if (!found.ok) return found;
  const {layerCaches} = found.value;
  if (layerCaches === null || (layerCaches.length === layers && layerCaches.includes('full'))) return found;
  return err(
    brokenFile(
      part.place,
      `${id} names ${countedText(layerCaches.length, 'layer')}, expected ${layers} and one that keeps every token`,
    ),
  );
}

/**
 * The last layer of each group keeps every token (`llama_hparams::set_swa_pattern`).
 *
 * @param group - layers of a group where the metadata do not say it, as the loader of the architecture has it
 * @param windowModel - the architecture as transformers names it
 */
function readWindow(
  part: ConfigPart,
  layers: number,
  group: number,
  windowModel: string,
): Result<GgufLayerCaches, ModelProblem> {
  const fields = readFields(windowSchema, part);
  if (!fields.ok) return fields;
  const stated = fields.value['attention.sliding_window_pattern'] ?? group;
  const isWindow = (layer: number): boolean =>
    typeof stated === 'number' ? stated === 0 || layer % stated < stated - 1 : isSet(stated[layer]);
  return ok({
    ...none,
    layerCaches: kindsOf(layers, (layer) => (isWindow(layer) ? 'window' : 'full')),
    windowTokens: fields.value['attention.sliding_window'],
    windowModel,
  });
}

/** Key heads are groups, value heads the rank of the time step (`qwen3next.cpp`); states are F32 (`llama-context.cpp`). */
function readGatedDelta(part: ConfigPart, layers: number): Result<GgufLayerCaches, ModelProblem> {
  const fields = readFields(gatedDeltaSchema, part);
  if (!fields.ok) return fields;
  const {value} = fields;
  const valueHeads = value['ssm.time_step_rank'];
  const valueHeadSize = value['ssm.inner_size'] / valueHeads;
  if (!Number.isInteger(valueHeadSize)) {
    const name = part.path.join('.');
    return err(
      brokenFile(part.place, `${name}.ssm.inner_size is no multiple of its ${valueHeads} heads, expected that`),
    );
  }
  const interval = value.full_attention_interval ?? 4;
  const recurrent = value['attention.recurrent_layers'];
  const isRecurrent = (layer: number): boolean =>
    recurrent === undefined ? (layer + 1) % interval !== 0 : isSet(recurrent[layer]);
  const linearAttention: LinearAttention = {
    kind: 'gated-delta',
    keyHeads: value['ssm.group_count'],
    valueHeads,
    keyHeadSize: value['ssm.state_size'],
    valueHeadSize,
    convolutionTokens: value['ssm.conv_kernel'],
    stateElementBytes: 4,
  };
  return ok({
    ...none,
    layerCaches: kindsOf(layers, (layer) => (isRecurrent(layer) ? 'linear' : 'full')),
    linearAttention,
  });
}

/** A layer without KV heads has Kimi delta attention (`kimi-linear.cpp`), with as many heads of one size as the others. */
function readKda(part: ConfigPart, layers: number): Result<GgufLayerCaches, ModelProblem> {
  const fields = readFields(kdaSchema, part);
  if (!fields.ok) return fields;
  const {value} = fields;
  const kvHeads = value['attention.head_count_kv'];
  const heads = value['attention.head_count'];
  const headSize = value['kda.head_dim'];
  return ok({
    ...none,
    layerCaches: kvHeads.slice(0, layers).map((stated) => (isSet(stated) ? 'full' : 'linear')),
    linearAttention: {
      kind: 'kda',
      keyHeads: heads,
      valueHeads: heads,
      keyHeadSize: headSize,
      valueHeadSize: headSize,
      convolutionTokens: value['ssm.conv_kernel'],
      stateElementBytes: 4,
    },
  });
}

/** A layer has an indexer of its own where the metadata say so, otherwise where its tensors are (`glm-dsa.cpp`). */
function readIndexer(
  part: ConfigPart,
  layers: number,
  tensors: ReadonlySet<string>,
): Result<GgufLayerCaches, ModelProblem> {
  const fields = readFields(indexerSchema, part);
  if (!fields.ok) return fields;
  const types = fields.value['attention.indexer.types'];
  const isOnLayer = Array.from({length: layers}, (_, layer) => {
    if (Array.isArray(types)) return isSet(types[layer]);
    return types === undefined ? tensors.has(`blk.${layer}.indexer.attn_k.weight`) : types === 1;
  });
  return ok({
    ...none,
    indexer: {
      heads: fields.value['attention.indexer.head_count'],
      headSize: fields.value['attention.indexer.key_length'],
      isOnLayer,
    },
  });
}

function isSet(stated: boolean | number | undefined): boolean {
  return stated === true || (typeof stated === 'number' && stated > 0);
}

function kindsOf(layers: number, kindOf: (layer: number) => LayerCache): LayerCache[] {
  return Array.from({length: layers}, (_, layer) => kindOf(layer));
}
