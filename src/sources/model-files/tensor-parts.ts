import type {WeightPartName} from '../../domain/memory/model/weight-module.ts';

/** Bytes of tensors by model part. */
export class PartBytes {
  readonly #bytes = new Map<WeightPartName, number>();
  #other = 0;

  add(part: WeightPartName | undefined, bytes: number): void {
    if (part === undefined) this.#other += bytes;
    else this.#bytes.set(part, (this.#bytes.get(part) ?? 0) + bytes);
  }

  /** Bytes of no known part. */
  get otherBytes(): number {
    return this.#other;
  }

  get totalBytes(): number {
    return [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, this.#other);
  }

  /** The known parts that exist. */
  get byPart(): Partial<Record<WeightPartName, number>> {
    const record: Partial<Record<WeightPartName, number>> = {};
    for (const [part, bytes] of this.#bytes) record[part] = bytes;
    return record;
  }
}

type Rule = readonly [pattern: RegExp, part: WeightPartName];

const towerRules: readonly Rule[] = [
  [/^(?:model\.)?visual\.(?:merger|deepstack_merger_list)\./, 'vision-projector'],
  [/^(?:model\.)?(?:vision_tower|vision_model|visual)\./, 'vision-tower'],
  [/^(?:model\.)?(?:mm_projector|multi_modal_projector)\./, 'vision-projector'],
];

const topRules: readonly Rule[] = [
  [/^embed_tokens\./, 'embedding'],
  [/^lm_head\./, 'output-head'],
  [/^norm\./, 'norms'],
];

/** Ordered by frequency: most tensors of a large model belong to its experts. */
const layerRules: readonly Rule[] = [
  [/^(?:mlp|block_sparse_moe|feed_forward)\.experts\./, 'routed-experts'],
  [/^(?:mlp|block_sparse_moe|feed_forward)\.(?:shared_experts?|shared_mlp)\./, 'shared-experts'],
  [/e_score_correction_bias$|^mlp\.expert_bias$/, 'router-bias'],
  [/^(?:mlp|block_sparse_moe|feed_forward)\.(?:gate|router|shared_expert_gate)\./, 'router'],
  [/^(?:mlp|feed_forward)\.(?:gate|up|down|gate_up)_proj\./, 'dense-mlp'],
  [/^linear_attn\.|^self_attn\.(?:[qkv]_conv1d|[fg]_[ab]_proj|b_proj|A_log|dt_bias|o_norm)\b/, 'linear-attention'],
  [/^self_attn\.indexer\./, 'indexer'],
  [/^self_attn\.(?:\w*norm\b|o_proj\.bias$|sinks$)/, 'attention-norms'],
  [/^self_attn\.(?:q_a_proj|kv_a_proj_with_mqa)\./, 'attention-down'],
  [/^self_attn\.(?:q_proj|q_b_proj|kv_b_proj|o_proj|qkv_proj)\./, 'attention-up'],
  [/^self_attn\.[kv]_proj\./, 'attention-kv'],
  [/^\w*(?:layernorm|norm)\.(?:weight|bias)$/, 'norms'],
];

/**
 * The part that a tensor of a Hugging Face checkpoint belongs to; undefined if there is no known part. Layers after the
 * model's last one, and those below `mtp`, predict further tokens: an engine loads them only on request.
 */
export function partOfTensor(name: string, layers: number): WeightPartName | undefined {
  const bare = name.replace(/^(?:model\.)?(?:language_model\.)?(?:model\.)?/, '');
  if (bare.startsWith('mtp.')) return 'prediction';
  if (bare.startsWith('layers.')) return layerPart(bare, 7, layers, layerRules);
  return matchRule(topRules, bare) ?? matchRule(towerRules, name);
}

const ggufTopRules: readonly Rule[] = [
  [/^token_embd\./, 'embedding'],
  [/^output\./, 'output-head'],
  [/^output_norm\./, 'norms'],
];

const ggufLayerRules: readonly Rule[] = [
  [/^ffn_(?:gate|up|down|gate_up)_exps\.|^ffn_(?:gate|up|down)\.\d+\./, 'routed-experts'],
  [/^ffn_(?:gate|up|down)_shexp\./, 'shared-experts'],
  [/^ffn_gate_inp(?:_shexp)?\./, 'router'],
  [/^exp_probs_b\b/, 'router-bias'],
  [/^ssm_|^attn_gate\./, 'linear-attention'],
  [/^indexer\./, 'indexer'],
  [/^ffn_(?:gate|up|down)\./, 'dense-mlp'],
  [/^attn_(?:q_a|kv_a|q|k|v)_norm\.|^attn_output\.bias$|^attn_sinks\./, 'attention-norms'],
  [/^attn_(?:q_a|kv_a_mqa)\./, 'attention-down'],
  [/^attn_(?:q|q_b|k_b|v_b|kv_b|qkv|output)\./, 'attention-up'],
  [/^attn_[kv]\./, 'attention-kv'],
  [/_norm\./, 'norms'],
];

/** The part that a tensor of a GGUF file belongs to, as `partOfTensor`. */
export function partOfGgufTensor(name: string, layers: number): WeightPartName | undefined {
  return name.startsWith('blk.') ? layerPart(name, 4, layers, ggufLayerRules) : matchRule(ggufTopRules, name);
}

function layerPart(name: string, start: number, layers: number, rules: readonly Rule[]): WeightPartName | undefined {
  const end = name.indexOf('.', start);
  const layer = Number(name.slice(start, end));
  if (!Number.isInteger(layer)) return undefined;
  if (layer >= layers) return 'prediction';
  return matchRule(rules, name.slice(end + 1));
}

function matchRule(rules: readonly Rule[], name: string): WeightPartName | undefined {
  return rules.find(([pattern]) => pattern.test(name))?.[1];
}
