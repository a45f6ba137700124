import {type Architecture, type GroupedAttention, isExpertLayer, type LatentAttention} from './architecture.ts';

export type WeightPartName =
  | 'routed-experts'
  | 'shared-experts'
  | 'dense-mlp'
  /** Down projections of latent attention. */
  | 'attention-down'
  /** Up and output projections of latent attention; queries and output of grouped attention. */
  | 'attention-up'
  /** Keys and values of grouped attention. */
  | 'attention-kv'
  | 'attention-norms'
  | 'router'
  | 'router-bias'
  | 'norms'
  | 'embedding'
  | 'output-head'
  | 'vision-tower'
  | 'vision-projector';

/** Tensors of one name and shape. */
export type WeightModule = {
  readonly part: WeightPartName;
  /** As a checkpoint names it, without the prefix of the text tower; for experts the first one. */
  readonly name: string;
  /** Outputs x inputs of one matrix; a vector has one column. */
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
  /** Only these are quantized. */
  readonly isLinear: boolean;
  /** The layer, or the position: `first` before all layers, `last` after them, `vision` separate. */
  readonly layer: number | 'first' | 'last' | 'vision';
};

/** Every tensor of the model, in the order of its layers; together they are all its parameters. */
export function weightModules(a: Architecture): readonly WeightModule[] {
  const modules: WeightModule[] = [
    {...vector('embedding', 'embed_tokens', a.vocabularySize), columns: a.hiddenSize, layer: 'first'},
  ];
  for (let layer = 0; layer < a.layers; layer += 1) {
    const at = (module: WeightModule): WeightModule => ({...module, name: `layers.${layer}.${module.name}`, layer});
    modules.push(
      ...attentionModules(a).map(at),
      ...(isExpertLayer(a, layer) ? expertModules(a) : denseModules(a)).map(at),
      at(vector('norms', 'input_layernorm', a.hiddenSize)),
      at(vector('norms', 'post_attention_layernorm', a.hiddenSize)),
    );
  }
  modules.push({...vector('norms', 'norm', a.hiddenSize), layer: 'last'});
  if (!a.tiesEmbeddings) {
    modules.push({...linear('output-head', 'lm_head', a.vocabularySize, a.hiddenSize), layer: 'last'});
  }
  return [...modules, ...visionModules(a)];
}

function attentionModules(a: Architecture): WeightModule[] {
  return a.attention.kind === 'mla'
    ? latentModules(a.attention, a.hiddenSize)
    : groupedModules(a.attention, a.hiddenSize);
}

function latentModules(attention: LatentAttention, hiddenSize: number): WeightModule[] {
  const {heads, queryLoraRank, kvLoraRank, queryKeyNopeHeadSize: nope, queryKeyRopeHeadSize: rope} = attention;
  const queryRows = heads * (nope + rope);
  const queries =
    queryLoraRank === null
      ? [linear('attention-up', 'self_attn.q_proj', queryRows, hiddenSize)]
      : [
          linear('attention-down', 'self_attn.q_a_proj', queryLoraRank, hiddenSize),
          vector('attention-norms', 'self_attn.q_a_layernorm', queryLoraRank),
          linear('attention-up', 'self_attn.q_b_proj', queryRows, queryLoraRank),
        ];
  return [
    ...queries,
    linear('attention-down', 'self_attn.kv_a_proj_with_mqa', kvLoraRank + rope, hiddenSize),
    vector('attention-norms', 'self_attn.kv_a_layernorm', kvLoraRank),
    linear('attention-up', 'self_attn.kv_b_proj', heads * (nope + attention.valueHeadSize), kvLoraRank),
    linear('attention-up', 'self_attn.o_proj', hiddenSize, heads * attention.valueHeadSize),
  ];
}

function groupedModules(attention: GroupedAttention, hiddenSize: number): WeightModule[] {
  const {heads, kvHeads, headSize, hasQueryKeyValueBias, hasOutputBias, hasQueryKeyNorms} = attention;
  return [
    linear('attention-up', 'self_attn.q_proj', heads * headSize, hiddenSize),
    linear('attention-kv', 'self_attn.k_proj', kvHeads * headSize, hiddenSize),
    linear('attention-kv', 'self_attn.v_proj', kvHeads * headSize, hiddenSize),
    linear('attention-up', 'self_attn.o_proj', hiddenSize, heads * headSize),
    ...(hasQueryKeyValueBias
      ? [
          vector('attention-up', 'self_attn.q_proj.bias', heads * headSize),
          vector('attention-kv', 'self_attn.k_proj.bias', kvHeads * headSize),
          vector('attention-kv', 'self_attn.v_proj.bias', kvHeads * headSize),
        ]
      : []),
    ...(hasOutputBias ? [vector('attention-norms', 'self_attn.o_proj.bias', hiddenSize)] : []),
    ...(hasQueryKeyNorms
      ? [
          vector('attention-norms', 'self_attn.q_norm', headSize),
          vector('attention-norms', 'self_attn.k_norm', headSize),
        ]
      : []),
  ];
}

function denseModules({hiddenSize, denseIntermediateSize}: Architecture): WeightModule[] {
  return feedForward('dense-mlp', 'mlp', hiddenSize, denseIntermediateSize, 1);
}

function expertModules({hiddenSize, experts}: Architecture): WeightModule[] {
  if (experts === null) return [];
  const {routedExperts, expertIntermediateSize, sharedIntermediateSize, hasCorrectionBias} = experts;
  return [
    ...feedForward('routed-experts', 'mlp.experts.0', hiddenSize, expertIntermediateSize, routedExperts),
    ...(sharedIntermediateSize === 0
      ? []
      : feedForward('shared-experts', 'mlp.shared_experts', hiddenSize, sharedIntermediateSize, 1)),
    {...linear('router', 'mlp.gate', routedExperts, hiddenSize), isLinear: false},
    ...(hasCorrectionBias ? [vector('router-bias', 'mlp.gate.e_score_correction_bias', routedExperts)] : []),
  ];
}

function feedForward(
  part: WeightPartName,
  name: string,
  hiddenSize: number,
  intermediateSize: number,
  count: number,
): WeightModule[] {
  return [
    {...linear(part, `${name}.gate_proj`, intermediateSize, hiddenSize), count},
    {...linear(part, `${name}.up_proj`, intermediateSize, hiddenSize), count},
    {...linear(part, `${name}.down_proj`, hiddenSize, intermediateSize), count},
  ];
}

/** Counted from vLLM's `kimi_k25_vit.py`: patch convolution, position grid, blocks with biases, final norm, merger. */
function visionModules({vision, hiddenSize}: Architecture): WeightModule[] {
  if (vision === null) return [];
  const h = vision.hiddenSize;
  const patches = 3 * h * vision.patchSize ** 2 + h + vision.positionGrid ** 2 * h;
  const attention = h * 3 * h + 3 * h + h * h + h;
  const mlp = 2 * h * vision.intermediateSize + vision.intermediateSize + h;
  const tower = patches + vision.layers * (attention + mlp + 4 * h) + 2 * h;
  const merged = h * vision.mergeSize ** 2;
  const projector = 2 * h + merged ** 2 + merged + merged * hiddenSize + hiddenSize;
  return [
    {...vector('vision-tower', 'vision_tower', tower), layer: 'vision'},
    {...vector('vision-projector', 'mm_projector', projector), layer: 'vision'},
  ];
}

function linear(part: WeightPartName, name: string, rows: number, columns: number): WeightModule {
  return {part, name, rows, columns, count: 1, isLinear: true, layer: 'first'};
}

function vector(part: WeightPartName, name: string, rows: number): WeightModule {
  return {part, name, rows, columns: 1, count: 1, isLinear: false, layer: 'first'};
}
