import type {Architecture, VisionArchitecture} from './architecture.ts';

/** A group of weights that share a storage format and a place. */
export type WeightPart = {
  readonly name: WeightPartName;
  readonly parameters: number;
  /** How many matrices the parameters are in: some formats store a few bytes for each. */
  readonly matrices: number;
  /** Whether tensor parallelism divides the part or every rank keeps it whole. */
  readonly placement: 'sharded' | 'replicated' | 'vision-tower' | 'vision-projector';
};

export type WeightPartName =
  | 'routed-experts'
  | 'shared-experts'
  | 'dense-mlp'
  | 'attention-down'
  | 'attention-up'
  | 'router'
  | 'router-bias'
  | 'norms'
  | 'embedding'
  | 'output-head'
  | 'vision-tower'
  | 'vision-projector';

/** Parameters of one mixture expert: gate, up and down projection. */
export function expertParameters(architecture: Architecture): number {
  return 3 * architecture.hiddenSize * architecture.expertIntermediateSize;
}

/** Down projections of latent attention (q_a, kv_a), one layer: whole on every tensor-parallel rank. */
function attentionDownParameters(a: Architecture): number {
  return a.hiddenSize * a.queryLoraRank + a.hiddenSize * (a.kvLoraRank + a.queryKeyRopeHeadSize);
}

/** Up and output projections of latent attention (q_b, kv_b, o), one layer: divided by heads. */
function attentionUpParameters(a: Architecture): number {
  const queries = a.queryLoraRank * a.attentionHeads * (a.queryKeyNopeHeadSize + a.queryKeyRopeHeadSize);
  const keysAndValues = a.kvLoraRank * a.attentionHeads * (a.queryKeyNopeHeadSize + a.valueHeadSize);
  return queries + keysAndValues + a.attentionHeads * a.valueHeadSize * a.hiddenSize;
}

/** Parameters of multi-head latent attention in one layer, its two norms included. */
export function attentionParametersPerLayer(architecture: Architecture): number {
  const norms = architecture.queryLoraRank + architecture.kvLoraRank;
  return attentionDownParameters(architecture) + attentionUpParameters(architecture) + norms;
}

/** Every group of weights of the model; together they are all its parameters. */
export function weightParts(a: Architecture): readonly WeightPart[] {
  const expertLayers = a.layers - a.firstDenseLayers;
  const norms = a.layers * (2 * a.hiddenSize + a.queryLoraRank + a.kvLoraRank) + a.hiddenSize;
  const expert = expertParameters(a);
  const routed = a.routedExperts * expertLayers;
  const shared = a.sharedExperts * expertLayers;
  const embedding = a.vocabularySize * a.hiddenSize;
  const dense = 3 * a.hiddenSize * a.denseIntermediateSize * a.firstDenseLayers;
  return [
    part('routed-experts', routed * expert, 'sharded', routed * 3),
    part('shared-experts', shared * expert, 'sharded', shared * 3),
    part('dense-mlp', dense, 'sharded', 3 * a.firstDenseLayers),
    part('attention-down', a.layers * attentionDownParameters(a), 'replicated', 2 * a.layers),
    part('attention-up', a.layers * attentionUpParameters(a), 'sharded', 3 * a.layers),
    part('router', expertLayers * a.routedExperts * a.hiddenSize, 'replicated', expertLayers),
    part('router-bias', expertLayers * a.routedExperts, 'replicated', expertLayers),
    part('norms', norms, 'replicated', 4 * a.layers + 1),
    part('embedding', embedding, 'sharded', 1),
    part('output-head', embedding, 'sharded', 1),
    ...(a.vision === null ? [] : visionParts(a.vision, a.hiddenSize)),
  ];
}

/** Counted from vLLM's `kimi_k25_vit.py`: patch convolution, position grid, blocks with biases, final norm, merger. */
function visionParts(v: VisionArchitecture, textHiddenSize: number): readonly WeightPart[] {
  const h = v.hiddenSize;
  const patches = 3 * h * v.patchSize ** 2 + h + v.positionGrid ** 2 * h;
  const attention = h * 3 * h + 3 * h + h * h + h;
  const mlp = 2 * h * v.intermediateSize + v.intermediateSize + h;
  const tower = patches + v.layers * (attention + mlp + 4 * h) + 2 * h;
  const merged = h * v.mergeSize ** 2;
  const projector = 2 * h + merged ** 2 + merged + merged * textHiddenSize + textHiddenSize;
  return [
    part('vision-tower', tower, 'vision-tower', 4 * v.layers),
    part('vision-projector', projector, 'vision-projector', 2),
  ];
}

function part(
  name: WeightPartName,
  parameters: number,
  placement: WeightPart['placement'],
  matrices: number,
): WeightPart {
  return {name, parameters, matrices, placement};
}

/** Parameters of the text tower. */
export function textParameters(architecture: Architecture): number {
  return sumParameters(weightParts({...architecture, vision: null}));
}

/** All parameters: an MoE keeps every expert in memory, so that this decides the size. */
export function totalParameters(architecture: Architecture): number {
  return sumParameters(weightParts(architecture));
}

/** Parameters that one token passes through: what decides speed, never size. The embedding is a table look-up and out. */
export function activeParameters(architecture: Architecture): number {
  const expertLayers = architecture.layers - architecture.firstDenseLayers;
  const chosen = expertLayers * architecture.expertsPerToken * expertParameters(architecture);
  const rest = weightParts({...architecture, vision: null}).filter(
    ({name}) => name !== 'routed-experts' && name !== 'embedding',
  );
  return chosen + sumParameters(rest);
}

function sumParameters(parts: readonly WeightPart[]): number {
  return parts.reduce((sum, {parameters}) => sum + parameters, 0);
}
