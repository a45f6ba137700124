import type {Indexer, LatentAttention, LinearAttention} from './architecture.ts';
import {linear, vector, type WeightModule} from './weight-module.ts';

/** The tensors of a layer with linear attention; empty if the model has none. */
export function linearAttentionModules(attention: LinearAttention | null, hiddenSize: number): readonly WeightModule[] {
  if (attention === null) return [];
  switch (attention.kind) {
    case 'kda':
      return kdaModules(attention, hiddenSize);
    case 'gated-delta':
      return gatedDeltaModules(attention, hiddenSize);
    case 'mamba2':
      return mambaModules(attention, hiddenSize);
  }
}

/** As transformers' `modeling_nemotron_h.py` has them: the input projection gives gate, values, both groups and the time step. */
function mambaModules(attention: LinearAttention, hiddenSize: number): readonly WeightModule[] {
  const {keyHeads, valueHeads, keyHeadSize, valueHeadSize, convolutionTokens} = attention;
  const groups = 2 * keyHeads * keyHeadSize;
  const inner = valueHeads * valueHeadSize;
  return [
    linear('linear-attention', 'mixer.in_proj', 2 * inner + groups + valueHeads, hiddenSize),
    vector('linear-attention', 'mixer.conv1d', (inner + groups) * (convolutionTokens + 1)),
    vector('linear-attention', 'mixer.A_log', 3 * valueHeads),
    vector('linear-attention', 'mixer.norm', inner),
    linear('linear-attention', 'mixer.out_proj', hiddenSize, inner),
  ];
}

/** As transformers' `modeling_qwen3_next.py` has them; Qwen 3.5 splits the projections, with the same sizes. */
function gatedDeltaModules(attention: LinearAttention, hiddenSize: number): readonly WeightModule[] {
  const {keyHeads, valueHeads, keyHeadSize, valueHeadSize, convolutionTokens} = attention;
  const keys = keyHeads * keyHeadSize;
  const values = valueHeads * valueHeadSize;
  return [
    linear('linear-attention', 'linear_attn.in_proj_qkvz', 2 * keys + 2 * values, hiddenSize),
    linear('linear-attention', 'linear_attn.in_proj_ba', 2 * valueHeads, hiddenSize),
    vector('linear-attention', 'linear_attn.conv1d', (2 * keys + values) * convolutionTokens),
    vector('linear-attention', 'linear_attn.dt_bias', 2 * valueHeads),
    vector('linear-attention', 'linear_attn.norm', valueHeadSize),
    linear('linear-attention', 'linear_attn.out_proj', hiddenSize, values),
  ];
}

/** As `modeling_kimi.py` of Kimi Linear has them: as many key heads as value heads. */
function kdaModules(attention: LinearAttention, hiddenSize: number): readonly WeightModule[] {
  const {valueHeads: heads, valueHeadSize: size, convolutionTokens} = attention;
  const width = heads * size;
  return [
    linear('attention-up', 'self_attn.q_proj', width, hiddenSize),
    linear('attention-kv', 'self_attn.k_proj', width, hiddenSize),
    linear('attention-kv', 'self_attn.v_proj', width, hiddenSize),
    vector('linear-attention', 'self_attn.q_conv1d', 3 * width * convolutionTokens),
    linear('linear-attention', 'self_attn.f_a_proj', size, hiddenSize),
    linear('linear-attention', 'self_attn.f_b_proj', width, size),
    linear('linear-attention', 'self_attn.b_proj', heads, hiddenSize),
    linear('linear-attention', 'self_attn.g_a_proj', size, hiddenSize),
    linear('linear-attention', 'self_attn.g_b_proj', width, size),
    vector('linear-attention', 'self_attn.dt_bias', width + heads + size),
    linear('attention-up', 'self_attn.o_proj', hiddenSize, width),
  ];
}

/** The indexer of a layer, complete on every rank: its queries come from the compressed ones of the attention. */
export function indexerModules(
  {heads, headSize}: Indexer,
  {queryLoraRank}: LatentAttention,
  hiddenSize: number,
): readonly WeightModule[] {
  return [
    linear('indexer', 'self_attn.indexer.wq_b', heads * headSize, queryLoraRank ?? hiddenSize),
    linear('indexer', 'self_attn.indexer.wk', headSize, hiddenSize),
    vector('indexer', 'self_attn.indexer.k_norm', 2 * headSize),
    {...linear('indexer', 'self_attn.indexer.weights_proj', heads, hiddenSize), isLinear: false},
  ];
}
