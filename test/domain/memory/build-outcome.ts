import type {PlanOutcome} from '../../../src/domain/memory/plan/plan-outcome.ts';

/** A start of which nothing was measured, with these values in place of its own. */
export function buildOutcome(change: Partial<PlanOutcome> = {}): PlanOutcome {
  return {
    runId: 'run-1',
    atMs: 1,
    key: '',
    label: 'a start',
    engineName: 'vllm',
    engineVersion: '0.25.1',
    contextLengthTokens: 1,
    memoryFraction: 0.9,
    confidence: 'estimated',
    planned: {weightsBytes: 0, overheadBytes: 0, poolBytes: 0, capacityTokens: 0, usedBytes: 0},
    logged: {weightsBytes: null, poolBytes: null, capacityTokens: null},
    usedBytes: null,
    learnedOverheadBytes: null,
    isLowerBound: false,
    isOfFailedStart: false,
    ...change,
  };
}
