/** The vision tower and its projector: kept in 16 bit, beside the text tower. */
export type VisionArchitecture = {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly patchSize: number;
  readonly positionGrid: number;
  /** Patches merged into one, along each side. */
  readonly mergeSize: number;
};

/** The shapes that decide how many parameters a model has and how large its KV cache is. Fields as in `config.json`. */
export type Architecture = {
  /** Family name for people. */
  readonly name: string;
  readonly layers: number;
  /** Layers before the first mixture-of-experts layer. */
  readonly firstDenseLayers: number;
  readonly hiddenSize: number;
  readonly attentionHeads: number;
  readonly queryLoraRank: number;
  readonly kvLoraRank: number;
  readonly queryKeyNopeHeadSize: number;
  readonly queryKeyRopeHeadSize: number;
  readonly valueHeadSize: number;
  readonly denseIntermediateSize: number;
  readonly routedExperts: number;
  readonly expertsPerToken: number;
  readonly sharedExperts: number;
  readonly expertIntermediateSize: number;
  readonly vocabularySize: number;
  readonly maxContextTokens: number;
  /** Format the vendor publishes the weights in. */
  readonly nativeFormat: 'int4' | 'fp8';
  readonly vision: VisionArchitecture | null;
};

/** `config.json` of Kimi K2.5; K2.6 and K2.7 Code differ from it in no shape. */
const kimiK25: Architecture = {
  name: 'Kimi K2.5 to K2.7',
  layers: 61,
  firstDenseLayers: 1,
  hiddenSize: 7168,
  attentionHeads: 64,
  queryLoraRank: 1536,
  kvLoraRank: 512,
  queryKeyNopeHeadSize: 128,
  queryKeyRopeHeadSize: 64,
  valueHeadSize: 128,
  denseIntermediateSize: 18_432,
  routedExperts: 384,
  expertsPerToken: 8,
  sharedExperts: 1,
  expertIntermediateSize: 2048,
  vocabularySize: 163_840,
  maxContextTokens: 262_144,
  nativeFormat: 'int4',
  vision: {layers: 27, hiddenSize: 1152, intermediateSize: 4304, patchSize: 14, positionGrid: 64, mergeSize: 2},
};
const kimiK2Thinking: Architecture = {...kimiK25, name: 'Kimi K2 Thinking', vision: null};
const kimiK2Instruct: Architecture = {
  ...kimiK25,
  name: 'Kimi K2 Instruct',
  maxContextTokens: 131_072,
  nativeFormat: 'fp8',
  vision: null,
};

/** Names as published, as the last part of a directory, and inside a Hugging Face cache directory. */
const families: readonly {readonly pattern: RegExp; readonly architecture: Architecture}[] = [
  {pattern: /(?:^|[/-])kimi-k2\.[567](?:$|[-/])/i, architecture: kimiK25},
  {pattern: /(?:^|[/-])kimi-k2-thinking(?:$|[-/])/i, architecture: kimiK2Thinking},
  {pattern: /(?:^|[/-])kimi-k2-instruct(?:$|\/)/i, architecture: kimiK2Instruct},
];

/**
 * The architecture behind a Hugging Face id or a directory that keeps the published name; undefined where it is not
 * known. GGUF repacks hold the same architecture in sizes of their own and are not known here.
 */
export function findModelArchitecture(modelId: string): Architecture | undefined {
  if (/gguf/i.test(modelId)) return undefined;
  return families.find(({pattern}) => pattern.test(modelId))?.architecture;
}
