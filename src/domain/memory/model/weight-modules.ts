import {
  type Architecture,
  type GroupedAttention,
  isExpertLayer,
  type LatentAttention,
  layerCache,
} from './architecture.ts';
import {indexerModules, linearAttentionModules} from './other-attention-modules.ts';
import {visionModules} from './vision-modules.ts';
import {linear, vector, type WeightModule, type WeightPartName} from './weight-module.ts';

/** Every tensor of the model, in the order of its layers; together they are all its parameters. */
export function weightModules(a: Architecture): readonly WeightModule[] {
  const modules: WeightModule[] = [
    {...vector('embedding', 'embed_tokens', a.vocabularySize), columns: a.hiddenSize, layer: 'first'},
  ];
  for (let layer = 0; layer < a.layers; layer += 1) {
    const at = (module: WeightModule): WeightModule => ({...module, name: `layers.${layer}.${module.name}`, layer});
    modules.push(
      ...attentionModules(a, layer).map(at),
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

function attentionModules(a: Architecture, layer: number): readonly WeightModule[] {
  if (layerCache(a, layer) === 'linear') return linearAttentionModules(a.linearAttention, a.hiddenSize);
  if (a.attention.kind === 'gqa') return groupedModules(a.attention, a.hiddenSize);
  const indexer = a.indexer?.isOnLayer[layer] === true ? indexerModules(a.indexer, a.attention, a.hiddenSize) : [];
  return [...latentModules(a.attention, a.hiddenSize), ...indexer];
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
    linear('attention-up', 'self_attn.q_proj', heads * headSize * (attention.hasOutputGate ? 2 : 1), hiddenSize),
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
    ...(attention.hasSinks ? [vector('attention-norms', 'self_attn.sinks', heads)] : []),
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
  const {routedExperts, expertIntermediateSize, sharedIntermediateSize, hasCorrectionBias, hasBiases} = experts;
  return [
    ...feedForward('routed-experts', 'mlp.experts.0', hiddenSize, expertIntermediateSize, routedExperts),
    ...(hasBiases
      ? [
          {
            ...vector('routed-experts', 'mlp.experts.0.bias', 2 * expertIntermediateSize + hiddenSize),
            count: routedExperts,
          },
          vector('router', 'mlp.gate.bias', routedExperts),
        ]
      : []),
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
