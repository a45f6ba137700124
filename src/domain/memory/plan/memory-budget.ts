import {gibText} from '../../../shared/quantities/bytes.ts';
import type {LaunchSettings} from '../../settings/launch-settings.ts';
import {type CacheLayout, cacheLayers, cacheLayout} from '../cache-layout.ts';
import type {DraftTerms, EngineMemory, MemoryTerms, OverheadTerms} from '../engine-memory.ts';
import {type KvCacheCapacity, kvCacheCapacity, partialBlocks} from '../kv-cache-size.ts';
import type {PlannedModel} from '../model/planned-model.ts';
import type {PlannedNode} from '../node-spec.ts';
import {placeWeights, type WeightPlacement} from '../placement.ts';
import type {VersionOrigin} from './memory-plan.ts';

/** Memory that earlier similar starts used in addition to weights and KV cache. */
export type LearnedOverhead = {
  readonly overheadBytes: number;
  /** Its source as text: `2 starts of vllm 0.25.1 on NVIDIA H200`. */
  readonly basis: string;
  /** It is at least that: the start ran out of memory, or was of a kind that differs a little. */
  readonly isLowerBound?: true;
};

/** What a start may take beyond what an earlier one measured: vLLM's own buffer when it suggests a cache size (`gpu_worker.py`). */
export const MEASURED_MARGIN_BYTES = 150 * 1024 ** 2;

export type PlanInput = {
  readonly settings: LaunchSettings;
  readonly model: PlannedModel;
  /** The smallest GPU of the node: a plan must fit on every one. */
  readonly node: PlannedNode;
  readonly engine: EngineMemory;
  /** As the engine prints it; null while unknown. */
  readonly engineVersion: string | null;
  /** Where the version is from; absent: named by who asks, or assumed where it is null. */
  readonly versionOrigin?: VersionOrigin;
  readonly learned: LearnedOverhead | null;
  /** What earlier starts measured about other settings of this launch; without it `learned` holds for them too. */
  readonly learnedFor?: (settings: LaunchSettings) => LearnedOverhead | null;
};

/** The numbers of a plan for the fullest GPU, without a verdict. */
export type MemoryBudget = {
  readonly terms: MemoryTerms;
  readonly weights: WeightPlacement;
  /** Weights of a speculative draft model. */
  readonly draftBytes: number;
  readonly overheadBytes: number;
  /** Size of the KV cache; negative when weights and overhead exceed the budget. */
  readonly poolBytes: number;
  readonly bytesPerToken: number;
  readonly layout: CacheLayout;
  readonly capacity: KvCacheCapacity;
};

/**
 * Divides a GPU into weights, overhead and KV cache; for pipeline stages, the one that holds the fewest tokens.
 *
 * @param overheadOf - of each stage; what is expected where it is left out
 */
export function divideCard(input: PlanInput, overheadOf?: (terms: OverheadTerms) => number): MemoryBudget {
  const {settings, model, node, engine, engineVersion} = input;
  const terms = engine.terms({
    settings,
    card: node.card,
    gpuCount: node.gpuCount,
    architecture: model.architecture,
    version: engineVersion,
    checkpointKvDtype: model.quantization?.kvCacheDtype,
    isQuantized: model.quantization?.format !== 'bf16',
    weightFormat: model.quantization?.format,
    isGguf: model.checkpoint.source === 'gguf',
  });
  const stages = placeWeights(model.architecture, model.parts, terms.placement).map((weights) =>
    divideStage(input, terms, weights, overheadOf ?? ((stage) => expectedOverhead(input.learned, stage))),
  );
  return stages.reduce((worst, stage) => (isFuller(stage, worst) ? stage : worst));
}

/** What was measured outranks Gantry's defaults; a lower bound does where it is more. */
export function expectedOverhead(learned: LearnedOverhead | null, {overheadBytes}: OverheadTerms): number {
  if (learned === null) return overheadBytes;
  return learned.isLowerBound ? Math.max(learned.overheadBytes, overheadBytes) : learned.overheadBytes;
}

/** What was learned where the budget rests on it; null where it rests on Gantry's defaults. */
export function learnedOf({learned}: PlanInput, {overheadBytes}: MemoryBudget): LearnedOverhead | null {
  return learned !== null && learned.overheadBytes === overheadBytes ? learned : null;
}

/** Where the overhead of the budget is from, as text. */
export function overheadBasis(input: PlanInput, budget: MemoryBudget): string {
  const {terms, overheadBytes} = budget;
  const learned = learnedOf(input, budget);
  if (learned !== null) return learned.basis;
  if (overheadBytes === terms.overheadBytes) return terms.overheadEvidence;
  return `the least that published starts allow, with ${gibText(terms.overheadBytes)} expected: ${terms.overheadEvidence}`;
}

function isFuller(a: MemoryBudget, b: MemoryBudget): boolean {
  const [tokens, others] = [a.capacity.longestSequenceTokens, b.capacity.longestSequenceTokens];
  return tokens === others ? a.poolBytes < b.poolBytes : tokens < others;
}

function divideStage(
  {settings, model}: PlanInput,
  engineTerms: MemoryTerms,
  weights: WeightPlacement,
  overheadOf: (terms: OverheadTerms) => number,
): MemoryBudget {
  const terms = weights.isLast ? engineTerms : {...engineTerms, draft: null, ...engineTerms.earlierStages};
  const overheadBytes = overheadOf(terms);
  const draftBytes = draftBytesOf(model, terms.draft, weights);
  const leftBytes = terms.fixedPoolBytes ?? terms.budgetBytes - weights.totalBytes - draftBytes - overheadBytes;
  const layers = cacheLayers(model.architecture, weights.firstLayer, weights.layers);
  const layout = cacheLayout(model.architecture, terms, layers);
  const {bytesPerToken} = layout;
  const capacityOf = (bytes: number): KvCacheCapacity =>
    kvCacheCapacity({
      ...layout,
      poolBytes: bytes,
      blockTokens: terms.blockTokens,
      decodeContextRanks: terms.placement.decodeContextRanks,
      contextLengthTokens: settings.contextLengthTokens,
    });
  const most = capacityOf(leftBytes);
  const askedBytes = terms.askedPoolTokens === null ? null : poolOf(terms.askedPoolTokens, terms, layout);
  const poolBytes = askedBytes === null ? leftBytes : Math.min(leftBytes, askedBytes);
  // The engine takes what the context needs; the longest context depends on what is available.
  const capacity = {...capacityOf(poolBytes), longestSequenceTokens: most.longestSequenceTokens};
  return {terms, weights, draftBytes, overheadBytes, poolBytes, bytesPerToken, layout, capacity};
}

/** With the window and the states of one request. */
function poolOf(tokens: number, {blockTokens}: MemoryTerms, layout: CacheLayout): number {
  const blocks = Math.ceil(tokens / blockTokens);
  return Math.ceil((blocks + partialBlocks(layout, blocks)) * blockTokens * layout.bytesPerToken);
}

/**
 * On the last stage alone, whose hidden states the draft reads (`gpu_model_runner.py` of vLLM, `eagle_worker_v2.py` of
 * SGLang). Layers of the checkpoint that predict further tokens are divided as its other layers are.
 */
function draftBytesOf({prediction}: PlannedModel, draft: DraftTerms | null, weights: WeightPlacement): number {
  if (draft === null) return 0;
  if (draft.weightsBytes !== null) return draft.weightsBytes;
  const {shardedBytes, replicatedBytes, undividedBytes} = weights;
  const share = undividedBytes === 0 ? 1 : Math.min(1, (shardedBytes + replicatedBytes) / undividedBytes);
  return Math.ceil((prediction?.bytes ?? 0) * share);
}

/** Bytes per GPU. */
export type PoolRange = {readonly leastBytes: number; readonly mostBytes: number};

/** The pool that published starts allow; null where starts of this node decide, or the settings fix it. */
export function poolRange(input: PlanInput, {terms, weights, draftBytes}: MemoryBudget): PoolRange | null {
  const {learned} = input;
  if (terms.fixedPoolBytes !== null || terms.askedPoolTokens !== null) return null;
  if (learned !== null && learned.isLowerBound !== true) return null;
  const minimumBytes = learned?.overheadBytes ?? 0;
  const leftBytes = terms.budgetBytes - weights.totalBytes - draftBytes;
  return {
    leastBytes: leftBytes - Math.max(minimumBytes, terms.cautiousOverheadBytes),
    mostBytes: leftBytes - Math.max(minimumBytes, terms.leastOverheadBytes),
  };
}

/** The longest context that one request can use with these settings, tokens; 0 if not even one block fits. */
export function longestContextTokens(input: PlanInput): number {
  return Math.min(input.model.architecture.maxContextTokens, divideCard(input).capacity.longestSequenceTokens);
}
