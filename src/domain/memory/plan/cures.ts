import {applySettingsChange, type SettingsChange} from '../../settings/launch-settings.ts';
import {countText} from '../quantity-text.ts';
import {divideCard, longestContextTokens, type PlanInput} from './memory-budget.ts';

/** A change of settings with which the plan fits. */
export type Cure = {
  readonly change: {
    readonly tensorParallelSize?: number;
    readonly contextLengthTokens?: number;
    readonly memoryFraction?: number;
    readonly kvCacheDtype?: 'fp8';
    readonly decodeContextParallelSize?: number;
  };
  readonly remedy: string;
};

/** Shorter contexts are not offered: they are useless for agents. */
const SHORTEST_USEFUL_TOKENS = 1024;

/** Every single change that makes room for one request of full length, the least costly first; otherwise a combined one. */
export function findCures(input: PlanInput): readonly Cure[] {
  const single = [raiseFraction(input), halveCache(input), shareCache(input), shortenContext(input)].filter(
    (cure) => cure !== null,
  );
  if (single.length > 0) return single;
  const combined = raiseAndShorten(input);
  return combined === null ? spreadOut(input) : [combined, ...spreadOut(input)];
}

function fits(input: PlanInput, change: Cure['change']): boolean {
  return divideCard(changed(input, change)).capacity.fullLengthSequences >= 1;
}

/** The input with a change of settings. */
export function changed(input: PlanInput, change: SettingsChange): PlanInput {
  return {...input, settings: applySettingsChange(input.settings, change)};
}

function raiseFraction(input: PlanInput): Cure | null {
  const {highestFraction} = input.engine;
  if (!input.engine.supports({memoryFraction: highestFraction})) return null;
  const firstPercent = Math.floor(input.settings.memoryFraction * 100) + 1;
  for (let percent = firstPercent; percent <= Math.round(highestFraction * 100); percent += 1) {
    const change = {memoryFraction: percent / 100};
    if (fits(input, change)) {
      return {change, remedy: `Raise the memory fraction to ${change.memoryFraction.toFixed(2)}.`};
    }
  }
  return null;
}

function halveCache(input: PlanInput): Cure | null {
  const change = {kvCacheDtype: 'fp8'} as const;
  if (input.settings.kvCacheDtype === 'fp8' || !input.engine.supports(change) || !fits(input, change)) return null;
  return {change, remedy: 'Use an FP8 KV cache: half the bytes per token.'};
}

/** Latent attention keeps a copy of the cache on every rank; decode context parallelism splits it. */
function shareCache(input: PlanInput): Cure | null {
  const ranks = sharingRanks(input);
  if (ranks === null) return null;
  const change = {decodeContextParallelSize: ranks};
  if (!fits(input, change)) return null;
  return {
    change,
    remedy: `Split the KV cache over ${ranks} ranks (decode context parallel ${ranks}): ${ranks} times the tokens.`,
  };
}

/** How many ranks could share one sequence's cache if none do yet; null if the model or engine does not support it. */
export function sharingRanks(input: PlanInput): number | null {
  const {settings, engine, model} = input;
  if (model.architecture.attention.kind !== 'mla' || settings.decodeContextParallelSize > 1) return null;
  // With data-parallel attention only the ranks of one group hold the same sequence.
  const ranks = divideCard(input).terms.placement.attentionRanks;
  return ranks > 1 && engine.supports({decodeContextParallelSize: ranks}) ? ranks : null;
}

function shortenContext(input: PlanInput): Cure | null {
  const contextLengthTokens = proposedContextTokens(input);
  if (contextLengthTokens === null || contextLengthTokens >= input.settings.contextLengthTokens) return null;
  return {
    change: {contextLengthTokens},
    remedy: `Lower the context to ${countText(contextLengthTokens)} tokens, the most that fits.`,
  };
}

function raiseAndShorten(input: PlanInput): Cure | null {
  const {highestFraction} = input.engine;
  if (input.settings.memoryFraction >= highestFraction) return null;
  const raised = changed(input, {memoryFraction: highestFraction});
  const contextLengthTokens = proposedContextTokens(raised);
  if (contextLengthTokens === null) return null;
  return {
    change: {memoryFraction: highestFraction, contextLengthTokens},
    remedy: `Raise the memory fraction to ${highestFraction} and lower the context to ${countText(contextLengthTokens)} tokens, the most that fits on these GPUs.`,
  };
}

/** The longest context that fits, tokens; null if no useful one does. */
function proposedContextTokens(input: PlanInput): number | null {
  const tokens = longestContextTokens(input);
  return tokens >= SHORTEST_USEFUL_TOKENS ? tokens : null;
}

/** Over more of the node's GPUs, if there are more. */
function spreadOut(input: PlanInput): readonly Cure[] {
  const {heads} = input.model.architecture.attention;
  for (let ranks = input.settings.tensorParallelSize * 2; ranks <= input.node.gpuCount; ranks *= 2) {
    const change = {tensorParallelSize: ranks};
    if (heads % ranks === 0 && fits(input, change)) {
      return [{change, remedy: `Spread the model over ${ranks} of the node's GPUs.`}];
    }
  }
  return [];
}
