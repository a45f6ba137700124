import {applySettingsChange} from '../lifecycle/launch-settings.ts';
import {longestContextTokens, proposedContextTokens} from './max-context.ts';
import {divideCard, type PlanInput, type PlannedModel} from './memory-budget.ts';
import {countText} from './quantity-text.ts';

/** A change of settings with which the plan fits. */
export type Cure = {
  readonly change: {
    readonly tensorParallelSize?: number;
    readonly contextLengthTokens?: number;
    readonly memoryFraction?: number;
    readonly kvCacheDtype?: 'fp8';
  };
  readonly remedy: string;
};

/**
 * The highest fraction worth proposing: published starts of K2.5 on eight H100 ran at 0.95, and what is left outside
 * must hold the CUDA context.
 */
const HIGHEST_FRACTION = 0.95;

/** Every single change that makes room for one request of full length, the least costly first; else one that combines. */
export function findCures(input: PlanInput, model: PlannedModel): readonly Cure[] {
  const single = [raiseFraction(input, model), shortenContext(input, model), halveCache(input, model)].filter(
    (cure) => cure !== null,
  );
  if (single.length > 0) return single;
  const combined = raiseAndShorten(input, model);
  return combined === null ? spreadOut(input, model) : [combined];
}

function fits(input: PlanInput, model: PlannedModel, change: Cure['change']): boolean {
  return divideCard(changed(input, change), model).capacity.fullLengthSequences >= 1;
}

function changed(input: PlanInput, change: Cure['change']): PlanInput {
  return {...input, settings: applySettingsChange(input.settings, change)};
}

function raiseFraction(input: PlanInput, model: PlannedModel): Cure | null {
  const firstPercent = Math.floor(input.settings.memoryFraction * 100) + 1;
  for (let percent = firstPercent; percent <= HIGHEST_FRACTION * 100; percent += 1) {
    const change = {memoryFraction: percent / 100};
    if (fits(input, model, change)) {
      return {change, remedy: `Raise the memory fraction to ${change.memoryFraction.toFixed(2)}.`};
    }
  }
  return null;
}

function shortenContext(input: PlanInput, model: PlannedModel): Cure | null {
  const contextLengthTokens = proposedContextTokens(input, model);
  if (contextLengthTokens === null || contextLengthTokens >= input.settings.contextLengthTokens) return null;
  return {
    change: {contextLengthTokens},
    remedy: `Lower the context to ${countText(contextLengthTokens)} tokens (the longest that fits is ${countText(longestContextTokens(input, model))}).`,
  };
}

function halveCache(input: PlanInput, model: PlannedModel): Cure | null {
  const change = {kvCacheDtype: 'fp8'} as const;
  if (input.settings.kvCacheDtype === 'fp8' || !fits(input, model, change)) return null;
  return {change, remedy: 'Keep the KV cache in FP8, which halves it.'};
}

function raiseAndShorten(input: PlanInput, model: PlannedModel): Cure | null {
  if (input.settings.memoryFraction >= HIGHEST_FRACTION) return null;
  const raised = changed(input, {memoryFraction: HIGHEST_FRACTION});
  const contextLengthTokens = proposedContextTokens(raised, model);
  if (contextLengthTokens === null) return null;
  return {
    change: {memoryFraction: HIGHEST_FRACTION, contextLengthTokens},
    remedy: `Raise the memory fraction to ${HIGHEST_FRACTION} and lower the context to ${countText(contextLengthTokens)} tokens; nothing longer fits on these cards.`,
  };
}

/** Over more of the node's cards, where there are more. */
function spreadOut(input: PlanInput, model: PlannedModel): readonly Cure[] {
  const {attentionHeads} = model.architecture;
  for (let ranks = input.settings.tensorParallelSize * 2; ranks <= input.gpuCount; ranks *= 2) {
    const change = {tensorParallelSize: ranks};
    if (attentionHeads % ranks === 0 && fits(input, model, change)) {
      return [{change, remedy: `Spread the model over ${ranks} of the node's cards.`}];
    }
  }
  return [];
}
