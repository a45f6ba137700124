import {z} from 'zod';
import type {Architecture, MixtureOfExperts} from '../../../domain/memory/model/architecture.ts';
import {type ConfigPart, readFields, wholeNumber} from '../../../domain/memory/model/config-json/config-fields.ts';
import type {ModelProblem} from '../../../domain/memory/model/model-problem.ts';
import {countParameters} from '../../../domain/memory/model/parameters.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {brokenFile} from '../file-problem.ts';
import {hasKnownLayerCaches, readGgufLayerCaches} from './gguf-layer-caches.ts';
import type {GgufTensor} from './gguf-tensors.ts';

const heads = wholeNumber(1, 4096);
const headSize = wholeNumber(1, 262_144);
const size = wholeNumber(1, 4_194_304);
const tokens = wholeNumber(1, 1_000_000_000);

/** Keys of llama.cpp (`gguf-py/gguf/constants.py`), below the name of the architecture. */
const keysSchema = z.object({
  block_count: wholeNumber(1, 1024),
  nextn_predict_layers: wholeNumber(0, 16).optional(),
  context_length: tokens,
  embedding_length: wholeNumber(1, 262_144),
  feed_forward_length: size.optional(),
  'attention.head_count': heads,
  // Kimi Linear lists it by layer, and has latent attention, which needs none.
  'attention.head_count_kv': z.union([heads, z.array(z.unknown())]).optional(),
  'attention.key_length': headSize.optional(),
  'attention.key_length_mla': headSize.optional(),
  'attention.value_length': headSize.optional(),
  'attention.value_length_mla': headSize.optional(),
  'attention.q_lora_rank': wholeNumber(0, 262_144).optional(),
  'attention.kv_lora_rank': headSize.optional(),
  'rope.dimension_count': headSize.optional(),
  expert_count: wholeNumber(0, 65_536).optional(),
  expert_used_count: wholeNumber(0, 65_536).optional(),
  expert_feed_forward_length: size.optional(),
  expert_shared_count: wholeNumber(0, 1024).optional(),
  expert_shared_feed_forward_length: wholeNumber(0, 4_194_304).optional(),
  leading_dense_block_count: wholeNumber(0, 1024).optional(),
});
type Keys = z.infer<typeof keysSchema>;

/** Architectures with other formulas for the KV cache or the layers, and what those would have to cover. */
const unplanned: readonly (readonly [id: RegExp, what: string])[] = [
  [/^(?:gemma[24]|gemma3n|cohere2)/, 'a sliding window on some layers'],
  [/^llama4/, 'chunked attention'],
  [/^(?:mamba|jamba|nemotron_h|granitehybrid|plamo2|falcon-h1)/, 'state-space layers'],
  [/^(?:a?rwkv)/, 'recurrent layers'],
  [/^lfm2/, 'convolution layers'],
  [/^minimax-text/, 'linear attention with a state of its own kind'],
  [/^deepseek4/, 'compressed attention'],
  [/^glm5/, 'attention of a kind that is unknown here'],
  [/^(?:falcon|bert|modern-bert|nomic-bert|gpt2|t5)/, 'other matrices in its layers'],
];

/**
 * The shapes of a model from the metadata of its GGUF file; flags without a metadata key are derived from the
 * existing tensors.
 *
 * @param path - the file, for messages
 * @param tensors - those of all its files that were read
 */
export function readGgufArchitecture(
  path: string,
  metadata: Readonly<Record<string, unknown>>,
  tensors: readonly GgufTensor[],
): Result<Architecture, ModelProblem> {
  const id = metadata['general.architecture'];
  if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id)) {
    return err(brokenFile(path, 'general.architecture is missing, expected a name such as deepseek2'));
  }
  const part = partOf(path, id, metadata);
  const refused = unplannedTrait(id, part.value);
  if (refused !== undefined) return err(unknownArchitecture(path, refused));
  const fields = readFields(keysSchema, part);
  if (!fields.ok) return fields;
  const names = new Set(tensors.map(({name}) => name));
  const caches = readGgufLayerCaches(id, part, layersOf(fields.value), names);
  if (!caches.ok) return caches;
  const attention = readAttention(path, id, fields.value, names);
  if (!attention.ok) return attention;
  const mixture = readMixture(path, id, fields.value, names);
  if (!mixture.ok) return mixture;
  const vocabularySize = tensors.find(({name}) => name === 'token_embd.weight')?.shape[1];
  if (vocabularySize === undefined || vocabularySize > 16_777_216) {
    return err(brokenFile(path, 'it has no token_embd.weight of two dimensions'));
  }
  const architecture: Architecture = {
    name: nameOf(metadata) ?? id,
    layers: layersOf(fields.value),
    hiddenSize: fields.value.embedding_length,
    attention: withGate(attention.value, caches.value.linearAttention?.kind === 'gated-delta'),
    denseIntermediateSize: fields.value.feed_forward_length ?? 0,
    experts: mixture.value,
    vocabularySize,
    tiesEmbeddings: !names.has('output.weight'),
    maxContextTokens: fields.value.context_length,
    vision: null,
    ...caches.value,
    predictionLayers: fields.value.nextn_predict_layers ?? 0,
  };
  if (countParameters(architecture).total <= 1e14) return ok(architecture);
  return err(brokenFile(path, 'its sizes give more than 100 trillion parameters, expected a real model'));
}

/** The keys of the architecture without its prefix, with numbers converted. */
function partOf(path: string, id: string, metadata: Readonly<Record<string, unknown>>): ConfigPart {
  const value: Record<string, unknown> = {};
  for (const [key, stated] of Object.entries(metadata)) {
    if (!key.startsWith(`${id}.`)) continue;
    value[key.slice(id.length + 1)] = typeof stated === 'bigint' ? Number(stated) : sameForAll(stated);
  }
  return {value, place: path, path: [id]};
}

/** Equal per-layer values are reduced to one value. */
function sameForAll(stated: unknown): unknown {
  if (!Array.isArray(stated) || stated.length === 0) return stated;
  const [first]: readonly unknown[] = stated;
  return stated.every((other) => other === first) ? first : stated;
}

function unplannedTrait(id: string, keys: unknown): string | undefined {
  if (hasKnownLayerCaches(id)) return undefined;
  const found = unplanned.find(([pattern]) => pattern.test(id));
  if (found !== undefined) return `architecture ${id} has ${found[1]}`;
  const value = new Map(Object.entries(typeof keys === 'object' && keys !== null ? keys : {}));
  const window: unknown = value.get('attention.sliding_window');
  const context: unknown = value.get('context_length');
  if (typeof window === 'number' && window > 0 && !(typeof context === 'number' && window >= context)) {
    return `sliding-window attention (${id}.attention.sliding_window is ${window})`;
  }
  const telling = [...value.keys()].find((key) =>
    /^(?:ssm|wkv)\.|^full_attention_interval$|^attention\.indexer\./.test(key),
  );
  if (telling !== undefined) return `${id}.${telling}`;
  return Array.isArray(value.get('attention.head_count_kv')) ? 'layers with different numbers of KV heads' : undefined;
}

function readAttention(
  path: string,
  id: string,
  keys: Keys,
  names: ReadonlySet<string>,
): Result<Architecture['attention'], ModelProblem> {
  const count = keys['attention.head_count'];
  const kvLoraRank = keys['attention.kv_lora_rank'];
  const rope = keys['rope.dimension_count'];
  if (kvLoraRank !== undefined) {
    const keyLength = keys['attention.key_length_mla'] ?? keys['attention.key_length'];
    const valueLength = keys['attention.value_length_mla'] ?? keys['attention.value_length'];
    if (rope === undefined || keyLength === undefined || valueLength === undefined || keyLength <= rope) {
      return err(
        brokenFile(
          path,
          `${id}.attention.key_length is ${keyLength ?? 'missing'}, expected more than rope.dimension_count`,
        ),
      );
    }
    const queryLoraRank = keys['attention.q_lora_rank'] ?? 0;
    return ok({
      kind: 'mla',
      heads: count,
      queryLoraRank: queryLoraRank === 0 ? null : queryLoraRank,
      kvLoraRank,
      queryKeyNopeHeadSize: keyLength - rope,
      queryKeyRopeHeadSize: rope,
      valueHeadSize: valueLength,
    });
  }
  const stated = keys['attention.head_count_kv'];
  const kvHeads = typeof stated === 'number' ? stated : count;
  const headLength = keys['attention.key_length'] ?? keys.embedding_length / count;
  if (count % kvHeads !== 0 || !Number.isInteger(headLength)) {
    return err(
      brokenFile(
        path,
        `${id}.attention.head_count is ${count}, expected a multiple of ${kvHeads} KV heads that divides the width`,
      ),
    );
  }
  return ok({
    kind: 'gqa',
    heads: count,
    kvHeads,
    headSize: headLength,
    hasQueryKeyValueBias: names.has('blk.0.attn_q.bias') || names.has('blk.0.attn_qkv.bias'),
    hasOutputBias: names.has('blk.0.attn_output.bias'),
    // Of the first layer that has attention of this kind: Qwen 3 Next begins with others.
    hasQueryKeyNorms: [...names].some((name) => /^blk\.\d+\.attn_q_norm\.weight$/.test(name)),
    hasOutputGate: false,
    hasSinks: names.has('blk.0.attn_sinks.weight'),
  });
}

/** Qwen's attention next to linear layers projects a gate for its output together with its queries (`qwen3next.cpp`). */
function withGate(attention: Architecture['attention'], hasOutputGate: boolean): Architecture['attention'] {
  return attention.kind === 'gqa' ? {...attention, hasOutputGate} : attention;
}

function readMixture(
  path: string,
  id: string,
  keys: Keys,
  names: ReadonlySet<string>,
): Result<MixtureOfExperts | null, ModelProblem> {
  const routedExperts = keys.expert_count ?? 0;
  const layers = layersOf(keys);
  const firstDenseLayers = routedExperts === 0 ? layers : (keys.leading_dense_block_count ?? 0);
  if (firstDenseLayers > 0 && keys.feed_forward_length === undefined) {
    return err(brokenFile(path, `${id}.feed_forward_length is missing, expected the size of a feed-forward layer`));
  }
  if (routedExperts === 0) return ok(null);
  const expertsPerToken = keys.expert_used_count ?? 0;
  const expertIntermediateSize = keys.expert_feed_forward_length ?? keys.feed_forward_length ?? 0;
  if (expertsPerToken < 1 || expertsPerToken > routedExperts || expertIntermediateSize === 0) {
    return err(
      brokenFile(
        path,
        `${id}.expert_used_count is ${expertsPerToken}, expected 1 to ${routedExperts} experts of a known size`,
      ),
    );
  }
  const sharedExperts = keys.expert_shared_count ?? (keys.expert_shared_feed_forward_length === undefined ? 0 : 1);
  return ok({
    firstDenseLayers,
    layerStep: 1,
    routedExperts,
    expertsPerToken,
    expertIntermediateSize,
    sharedExperts,
    sharedIntermediateSize: keys.expert_shared_feed_forward_length ?? sharedExperts * expertIntermediateSize,
    hasCorrectionBias: [...names].some((name) => /^blk\.\d+\.exp_probs_b\b/.test(name)),
    hasBiases: names.has('blk.0.ffn_gate_exps.bias') || names.has('blk.0.ffn_gate_up_exps.bias'),
  });
}

/** Multi-token prediction layers are counted in the metadata but loaded only on request. */
function layersOf(keys: Keys): number {
  return Math.max(keys.block_count - (keys.nextn_predict_layers ?? 0), 1);
}

function nameOf(metadata: Readonly<Record<string, unknown>>): string | undefined {
  const name = metadata['general.name'];
  return typeof name === 'string' && /^[\x20-\x7e]{1,100}$/.test(name) ? name : undefined;
}

function unknownArchitecture(path: string, trait: string): ModelProblem {
  return {
    code: 'memory.unknown-architecture',
    message: `${path}: ${trait}: the known formulas for parameters and KV cache do not apply.`,
    remedy:
      'Supported: latent attention (deepseek2, Kimi K2; with an indexer deepseek32 and glm-dsa), grouped-query attention in every layer, gpt-oss, gemma3, qwen3next, qwen35 and kimi-linear.',
  };
}
