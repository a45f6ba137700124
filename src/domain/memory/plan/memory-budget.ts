import type {LaunchSettings} from '../../settings/launch-settings.ts';
import type {EngineMemory, MemoryTerms} from '../engine-memory.ts';
import {type KvCacheCapacity, kvBytesPerToken, kvCacheCapacity} from '../kv-cache-size.ts';
import type {PlannedModel} from '../model/planned-model.ts';
import type {PlannedNode} from '../node-spec.ts';
import {placeWeights, type WeightPlacement} from '../placement.ts';

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
  readonly capacity: KvCacheCapacity;
};

/** Divides a GPU into weights, overhead and KV cache; for pipeline stages, the one that holds the fewest tokens. */
export function divideCard(input: PlanInput, overheadBytes?: number): MemoryBudget {
  const {settings, model, node, engine, engineVersion} = input;
  const terms = engine.terms({
    settings,
    card: node.card,
    gpuCount: node.gpuCount,
    architecture: model.architecture,
    version: engineVersion,
  });
  const overhead = overheadBytes ?? expectedOverhead(input.learned, terms);
  const stages = placeWeights(model.architecture, model.parts, terms.placement).map((weights) =>
    divideStage(input, terms, weights, overhead),
  );
  return stages.reduce((worst, stage) => (isFuller(stage, worst) ? stage : worst));
}

/** What was measured outranks Gantry's defaults; a lower bound does where it is more. */
function expectedOverhead(learned: LearnedOverhead | null, {overheadBytes}: MemoryTerms): number {
  if (learned === null) return overheadBytes;
  return learned.isLowerBound ? Math.max(learned.overheadBytes, overheadBytes) : learned.overheadBytes;
}

/** What was learned where the budget rests on it; null where it rests on Gantry's defaults. */
export function learnedOf({learned}: PlanInput, {overheadBytes}: MemoryBudget): LearnedOverhead | null {
  return learned !== null && learned.overheadBytes === overheadBytes ? learned : null;
}

function isFuller(a: MemoryBudget, b: MemoryBudget): boolean {
  const [tokens, others] = [a.capacity.longestSequenceTokens, b.capacity.longestSequenceTokens];
  return tokens === others ? a.poolBytes < b.poolBytes : tokens < others;
}

function divideStage(
  {settings, model}: PlanInput,
  terms: MemoryTerms,
  weights: WeightPlacement,
  overheadBytes: number,
): MemoryBudget {
  const draftBytes = terms.draft?.weightsBytes ?? 0;
  const leftBytes = terms.fixedPoolBytes ?? terms.budgetBytes - weights.totalBytes - draftBytes - overheadBytes;
  const kvLayers = weights.layers + (terms.draft?.kvLayers ?? 0);
  const bytesPerToken = kvBytesPerToken(model.architecture, terms.placement, kvLayers, terms.kvElementBytes);
  const capacityOf = (bytes: number): KvCacheCapacity =>
    kvCacheCapacity({
      poolBytes: bytes,
      bytesPerToken,
      blockTokens: terms.blockTokens,
      decodeContextRanks: terms.placement.decodeContextRanks,
      contextLengthTokens: settings.contextLengthTokens,
    });
  const most = capacityOf(leftBytes);
  const askedBytes = terms.askedPoolTokens === null ? null : poolOf(terms.askedPoolTokens, terms, bytesPerToken);
  const poolBytes = askedBytes === null ? leftBytes : Math.min(leftBytes, askedBytes);
  // The engine takes what the context needs; the longest context depends on what is available.
  const capacity = {...capacityOf(poolBytes), longestSequenceTokens: most.longestSequenceTokens};
  return {terms, weights, draftBytes, overheadBytes, poolBytes, bytesPerToken, capacity};
}

function poolOf(tokens: number, {blockTokens}: MemoryTerms, bytesPerToken: number): number {
  return Math.ceil(tokens / blockTokens) * blockTokens * bytesPerToken;
}

/** The longest context that one request can use with these settings, tokens; 0 if not even one block fits. */
export function longestContextTokens(input: PlanInput): number {
  return Math.min(input.model.architecture.maxContextTokens, divideCard(input).capacity.longestSequenceTokens);
}
