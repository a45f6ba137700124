import type {Architecture} from './architecture.ts';
import type {WeightFormat} from './quantization.ts';

/** A model with built-in shapes, so that it can be planned before anything is downloaded. */
export type KnownModel = {
  readonly architecture: Architecture;
  /** Format the vendor publishes the weights in. */
  readonly nativeFormat: WeightFormat;
};

/** `config.json` of Kimi K2.5; K2.6 and K2.7 Code differ from it in no shape. */
const kimiK25: Architecture = {
  name: 'Kimi K2.5 to K2.7',
  layers: 61,
  hiddenSize: 7168,
  attention: {
    kind: 'mla',
    heads: 64,
    queryLoraRank: 1536,
    kvLoraRank: 512,
    queryKeyNopeHeadSize: 128,
    queryKeyRopeHeadSize: 64,
    valueHeadSize: 128,
  },
  denseIntermediateSize: 18_432,
  experts: {
    firstDenseLayers: 1,
    layerStep: 1,
    routedExperts: 384,
    expertsPerToken: 8,
    expertIntermediateSize: 2048,
    sharedExperts: 1,
    sharedIntermediateSize: 2048,
    hasCorrectionBias: true,
    hasBiases: false,
  },
  vocabularySize: 163_840,
  tiesEmbeddings: false,
  maxContextTokens: 262_144,
  vision: {layers: 27, hiddenSize: 1152, intermediateSize: 4304, patchSize: 14, positionGrid: 64, mergeSize: 2},
  layerCaches: null,
  windowTokens: null,
  linearAttention: null,
  indexer: null,
  predictionLayers: 0,
  rotaryTable: {positions: 262_144, size: 64},
};

const families: readonly (KnownModel & {
  /** Names as published, as the last part of a directory, and inside a Hugging Face cache directory. */
  readonly pattern: RegExp;
})[] = [
  {pattern: /(?:^|[/-])kimi-k2\.[567](?:$|[-/])/i, architecture: kimiK25, nativeFormat: 'int4'},
  {
    pattern: /(?:^|[/-])kimi-k2-thinking(?:$|[-/])/i,
    architecture: {...kimiK25, name: 'Kimi K2 Thinking', vision: null},
    nativeFormat: 'int4',
  },
  {
    pattern: /(?:^|[/-])kimi-k2-instruct(?:-(?:nvfp4|mxfp4|bf16|fp8|int4))?(?:$|\/)/i,
    architecture: {
      ...kimiK25,
      name: 'Kimi K2 Instruct',
      maxContextTokens: 131_072,
      vision: null,
      rotaryTable: {positions: 131_072, size: 64},
    },
    nativeFormat: 'fp8',
  },
];

/** Names that `gantry plan` suggests for an unknown model. */
export const knownModelIds = [
  'moonshotai/Kimi-K2.7-Code',
  'moonshotai/Kimi-K2.6',
  'moonshotai/Kimi-K2.5',
  'moonshotai/Kimi-K2-Thinking',
  'moonshotai/Kimi-K2-Instruct',
] as const;

/**
 * The model for a Hugging Face id or a directory with the published name; undefined if unknown. Repacks in another
 * format (`-NVFP4`, `-MXFP4`, `-BF16`, `-FP8`) have that as native format.
 */
export function findKnownModel(modelId: string): KnownModel | undefined {
  const known = families.find(({pattern}) => pattern.test(modelId));
  if (known === undefined) return undefined;
  const repacked = /-(nvfp4|mxfp4|bf16|fp8|int4)(?:$|[-/])/i.exec(modelId)?.[1]?.toLowerCase();
  const nativeFormat = weightFormatOf(repacked) ?? known.nativeFormat;
  return {architecture: known.architecture, nativeFormat};
}

function weightFormatOf(name: string | undefined): WeightFormat | undefined {
  switch (name) {
    case 'nvfp4':
    case 'mxfp4':
    case 'bf16':
    case 'fp8':
    case 'int4':
      return name;
    default:
      return undefined;
  }
}
