import {err, ok, type Result} from '../../shared/result.ts';
import type {LaunchSettings} from '../lifecycle/launch-settings.ts';
import {findModelArchitecture} from './architecture.ts';
import {isWeightFormat, weightFormats} from './checkpoint.ts';
import {findCures} from './cures.ts';
import {longestContextTokens} from './max-context.ts';
import {divideCard, type MemoryBudget, type PlanInput, type PlannedModel} from './memory-budget.ts';
import type {MemoryPlan} from './memory-plan.ts';
import {cautiousOverheadBytes} from './overhead.ts';
import {planArithmetic} from './plan-arithmetic.ts';
import {adviceFindings, forbiddingFindings, shortageFindings, shortageReason, tightFinding} from './plan-findings.ts';
import {countText, gibText} from './quantity-text.ts';

/** Why nothing can be planned for these settings. */
export type PlanRefusal = {
  readonly code: 'memory.unknown-engine' | 'memory.unknown-model' | 'memory.unknown-format';
  readonly message: string;
  readonly remedy: string;
};

/** The model behind the settings, or why no plan can be made: Gantry knows the shapes or says so, it does not guess. */
export function canPlan(settings: LaunchSettings): Result<PlannedModel, PlanRefusal> {
  if (settings.engine !== 'vllm') {
    return err({
      code: 'memory.unknown-engine',
      message: `Gantry does not know what a memory fraction means to "${settings.engine}"`,
      remedy: 'Set engine.name to vllm.',
    });
  }
  const architecture = findModelArchitecture(settings.model);
  if (architecture === undefined) {
    return err({
      code: 'memory.unknown-model',
      message: `Gantry does not know the shape of the model "${settings.model}"`,
      remedy: 'Set engine.model to a model of the Kimi K2 family, or to a directory that keeps the published name.',
    });
  }
  if (!isWeightFormat(settings.format)) {
    return err({
      code: 'memory.unknown-format',
      message: `Gantry does not know the bytes of the weight format "${settings.format}"`,
      remedy: `Set engine.format to one of ${weightFormats.join(', ')}.`,
    });
  }
  return ok({architecture, format: settings.format});
}

/**
 * What a launch will take of every card, with its arithmetic, verdict and cures. The settings must be ones that
 * `canPlan` accepts; anything else is a programming error and throws.
 */
export function planMemory(input: PlanInput): MemoryPlan {
  const budget = divideCard(input, plannedModel(input));
  const isCalibrated = input.overheadBytes !== undefined;
  const {maxRunningRequests} = input.settings;
  const forbidden = forbiddingFindings(input, budget);
  const doesFit = budget.capacity.fullLengthSequences >= 1;
  const cautiousBytes = cautiousOverheadBytes({overheadBytes: budget.overheadBytes, isCalibrated, maxRunningRequests});
  const isTight = isTightWith(input, budget, cautiousBytes);
  const [forbidding] = forbidden;
  const {weights, poolBytes, overheadBytes, budgetBytes} = budget;
  const {capacityTokens, fullLengthSequences, bytesPerFullLengthSequence} = budget.capacity;
  return {
    verdict: forbidding !== undefined || !doesFit ? 'does-not-fit' : isTight ? 'tight' : 'fits',
    reason: forbidding?.message ?? (doesFit ? fitReason(input, budget) : shortageReason(input, budget)),
    confidence: isCalibrated ? 'calibrated' : 'estimated',
    perGpu: {
      weightsBytes: weights.totalBytes,
      kvCachePoolBytes: poolBytes,
      overheadBytes,
      budgetBytes,
      totalBytes: weights.totalBytes + poolBytes + overheadBytes,
      nvmlBytes: input.card.nvmlBytes,
      cudaVisibleBytes: input.card.cudaVisibleBytes,
    },
    kvCache: {bytesPerToken: budget.bytesPerToken, capacityTokens, fullLengthSequences, bytesPerFullLengthSequence},
    arithmetic: planArithmetic(input, budget),
    findings: [
      ...forbidden,
      ...(doesFit ? [] : shortageFindings(input, budget, findCures(input, budget.model))),
      ...(isTight ? [tightFinding(budget, cautiousBytes, maxRunningRequests)] : []),
      ...adviceFindings(input, budget),
    ],
  };
}

/** The longest context one request can have with these settings on this card, tokens; 0 where nothing fits. */
export function maxContextThatFits(input: PlanInput): number {
  return longestContextTokens(input, plannedModel(input));
}

function plannedModel({settings}: PlanInput): PlannedModel {
  const model = canPlan(settings);
  if (!model.ok) throw new RangeError(`${model.error.message}: canPlan() comes first`);
  return model.value;
}

function isTightWith(input: PlanInput, budget: MemoryBudget, cautiousBytes: number): boolean {
  if (budget.capacity.fullLengthSequences < 1) return false;
  const cautious = divideCard({...input, overheadBytes: Math.max(cautiousBytes, budget.overheadBytes)}, budget.model);
  return cautious.capacity.fullLengthSequences < 1;
}

function fitReason({settings}: PlanInput, {poolBytes, capacity}: MemoryBudget): string {
  const sequences = capacity.fullLengthSequences.toFixed(1);
  return `Every card keeps ${gibText(poolBytes)} for the KV cache: ${countText(capacity.capacityTokens)} tokens, ${sequences} requests of ${countText(settings.contextLengthTokens)} tokens at once.`;
}
