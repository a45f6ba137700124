import {
  type Architecture,
  type GroupedAttention,
  isExpertLayer,
  type LatentAttention,
  layerAttention,
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
    modules.push(...layerModules(a, layer).map(at));
  }
  modules.push({...vector('norms', 'norm', a.hiddenSize), layer: 'last'});
  if (!a.tiesEmbeddings) {
    modules.push({...linear('output-head', 'lm_head', a.vocabularySize, a.hiddenSize), layer: 'last'});
  }
  return [...modules, ...visionModules(a)];
}

function layerModules(a: Architecture, layer: number): readonly WeightModule[] {
  const norm = (name: string): WeightModule => vector('norms', name, a.hiddenSize);
  const feedForwardModules = (): WeightModule[] => (isExpertLayer(a, layer) ? expertModules(a) : denseModules(a));
  const block = a.layerBlocks?.[layer];
  if (block === 'attention' || block === 'linear') return [...attentionModules(a, layer), norm('norm')];
  if (block !== undefined) return [...feedForwardModules(), norm('norm')];
  return [
    ...attentionModules(a, layer),
    ...feedForwardModules(),
    norm('input_layernorm'),
    norm('post_attention_layernorm'),
  ];
}

function attentionModules(a: Architecture, layer: number): readonly WeightModule[] {
  if (layerCache(a, layer) === 'linear') return linearAttentionModules(a.linearAttention, a.hiddenSize);
  const attention = layerAttention(a, layer);
  if (attention.kind === 'gqa') return groupedModules(attention, a.hiddenSize);
  const indexer = a.indexer?.isOnLayer[layer] === true ? indexerModules(a.indexer, attention, a.hiddenSize) : [];
  return [...latentModules(attention, a.hiddenSize), ...indexer];
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
  const valueHeadSize = attention.valueHeadSize ?? headSize;
  return [
    linear('attention-up', 'self_attn.q_proj', heads * headSize * (attention.hasOutputGate ? 2 : 1), hiddenSize),
    linear('attention-kv', 'self_attn.k_proj', kvHeads * headSize, hiddenSize),
    ...(attention.sharesKeysAndValues === true
      ? []
      : [linear('attention-kv', 'self_attn.v_proj', kvHeads * valueHeadSize, hiddenSize)]),
    linear('attention-up', 'self_attn.o_proj', hiddenSize, heads * valueHeadSize),
    ...(attention.hasHeadGate === true ? [linear('attention-up', 'self_attn.g_proj', heads, hiddenSize)] : []),
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

function denseModules(a: Architecture): WeightModule[] {
  return feedForward('dense-mlp', 'mlp', a.hiddenSize, a.denseIntermediateSize, 1, a.hasPlainFeedForward);
}

function expertModules({hiddenSize, experts, hasPlainFeedForward: isPlain}: Architecture): WeightModule[] {
  if (experts === null) return [];
  const {routedExperts, expertIntermediateSize, sharedIntermediateSize, hasCorrectionBias, hasBiases} = experts;
  const width = experts.latentSize ?? hiddenSize;
  return [
    ...feedForward('routed-experts', 'mlp.experts.0', width, expertIntermediateSize, routedExperts, isPlain),
    ...(experts.latentSize === undefined
      ? []
      : [
          // Complete on every rank (`nemotron_h.py`).
          linear('router', 'mlp.fc1_latent_proj', width, hiddenSize),
          linear('router', 'mlp.fc2_latent_proj', hiddenSize, width),
        ]),
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
      : feedForward('shared-experts', 'mlp.shared_experts', hiddenSize, sharedIntermediateSize, 1, isPlain)),
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
  isPlain = false,
): WeightModule[] {
  return [
    ...(isPlain ? [] : [{...linear(part, `${name}.gate_proj`, intermediateSize, hiddenSize), count}]),
    {...linear(part, `${name}.up_proj`, intermediateSize, hiddenSize), count},
    {...linear(part, `${name}.down_proj`, hiddenSize, intermediateSize), count},
  ];
}
