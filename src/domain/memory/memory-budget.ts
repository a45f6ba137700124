import type {LaunchSettings} from '../lifecycle/launch-settings.ts';
import type {Architecture} from './architecture.ts';
import type {CardMemory} from './cards.ts';
import type {WeightFormat} from './checkpoint.ts';
import {budgetBytes, type KvCacheCapacity, kvBytesPerToken, kvCacheCapacity, kvPoolBytes} from './kv-cache.ts';
import {DEFAULT_OVERHEAD_BYTES} from './overhead.ts';
import {placeWeights, type WeightPlacement} from './placement.ts';
import {type PlannedArguments, readVllmArguments} from './vllm-arguments.ts';

export type PlanInput = {
  readonly settings: LaunchSettings;
  /** The smallest card of the node: a plan must hold on every one. */
  readonly card: CardMemory;
  readonly gpuCount: number;
  /** What an earlier start on this node was seen to take beside weights and KV cache; without it the first default. */
  readonly overheadBytes?: number;
};

/** A model and format that can be planned. */
export type PlannedModel = {readonly architecture: Architecture; readonly format: WeightFormat};

/** The numbers of a plan for one card, before any judgement. */
export type MemoryBudget = {
  readonly model: PlannedModel;
  readonly planned: PlannedArguments;
  readonly weights: WeightPlacement;
  readonly overheadBytes: number;
  readonly budgetBytes: number;
  /** Negative when weights and overhead exceed the budget. */
  readonly poolBytes: number;
  readonly bytesPerToken: number;
  readonly capacity: KvCacheCapacity;
};

/** Divides one card between weights, overhead and KV cache. */
export function divideCard(input: PlanInput, model: PlannedModel): MemoryBudget {
  const {settings, card} = input;
  const planned = readVllmArguments(settings.extraArguments);
  const weights = placeWeights({
    architecture: model.architecture,
    format: model.format,
    tensorParallelSize: settings.tensorParallelSize,
    visionMode: planned.visionMode,
  });
  const overheadBytes = input.overheadBytes ?? DEFAULT_OVERHEAD_BYTES;
  const budget = budgetBytes(card.cudaVisibleBytes, settings.memoryFraction);
  const poolBytes = kvPoolBytes({budgetBytes: budget, weightsBytes: weights.totalBytes, overheadBytes});
  const bytesPerToken = kvBytesPerToken(model.architecture, settings.kvCacheDtype);
  const capacity = kvCacheCapacity({
    poolBytes,
    bytesPerToken,
    blockTokens: planned.blockTokens,
    decodeContextParallelSize: planned.decodeContextParallelSize,
    contextLengthTokens: settings.contextLengthTokens,
  });
  return {model, planned, weights, overheadBytes, budgetBytes: budget, poolBytes, bytesPerToken, capacity};
}
