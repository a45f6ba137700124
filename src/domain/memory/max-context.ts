import {divideCard, type PlanInput, type PlannedModel} from './memory-budget.ts';

/** Contexts shorter than this are no cure: no agent works in them. */
const SHORTEST_USEFUL_TOKENS = 1024;

/** The longest context that one request can use with these settings, tokens; 0 where not even one block fits. */
export function longestContextTokens(input: PlanInput, model: PlannedModel): number {
  return Math.min(model.architecture.maxContextTokens, divideCard(input, model).capacity.capacityTokens);
}

/** A round context length to propose: down to a multiple of 1,024; null where nothing useful fits. */
export function proposedContextTokens(input: PlanInput, model: PlannedModel): number | null {
  const tokens = Math.floor(longestContextTokens(input, model) / 1024) * 1024;
  return tokens >= SHORTEST_USEFUL_TOKENS ? tokens : null;
}
