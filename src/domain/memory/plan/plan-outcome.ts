import {z} from 'zod';
import {BYTES_PER_GIB} from '../../../shared/units.ts';
import type {LearnedOverhead} from './memory-budget.ts';
import type {MemoryPlan} from './memory-plan.ts';

const optionalNumber = z.number().nullable();

/** What a plan predicted of a start, and what the engine logged and nvidia-smi showed. Bytes are per card. */
export const planOutcomeSchema = z.strictObject({
  runId: z.string(),
  atMs: z.number(),
  /** What it is valid for: starts of the same key take the same overhead. */
  key: z.string(),
  /** The key in words. */
  label: z.string(),
  engineName: z.string(),
  engineVersion: z.string(),
  contextLengthTokens: z.number(),
  memoryFraction: z.number(),
  confidence: z.enum(['estimated', 'calibrated']),
  planned: z.strictObject({
    weightsBytes: z.number(),
    overheadBytes: z.number(),
    poolBytes: z.number(),
    capacityTokens: z.number(),
    /** weights + overhead + pool, and what is expected beside the budget. */
    usedBytes: z.number(),
  }),
  logged: z.strictObject({
    weightsBytes: optionalNumber,
    poolBytes: optionalNumber,
    capacityTokens: optionalNumber,
  }),
  /** nvidia-smi's used memory of the fullest card once the engine was ready; null before that or without it. */
  usedBytes: optionalNumber,
  /** Everything beside the planned weights and the logged pool; null where the log makes no sense of it. */
  learnedOverheadBytes: optionalNumber,
});
export type PlanOutcome = z.infer<typeof planOutcomeSchema>;

/** The version of an engine whose log did not say. */
export const UNKNOWN_VERSION = 'unknown';

/** Numbers the engine's own log stated, by fact name. */
export type LoggedFacts = Readonly<Partial<Record<string, number>>>;

/** Words of a command line that cannot move memory; all others are part of what an overhead is valid for. */
const idleArguments =
  /^--(?:served-model-name|disable-log|uvicorn|access-log|log-|enable-auto-tool-choice|tool-call|reasoning)/;

/** What the overhead of a start depends on. The context length and the memory fraction are not in it: it does not. */
export function outcomeKey(plan: MemoryPlan, engineVersion: string): string {
  const {settings, node, model, checkpoint, engine} = plan;
  return JSON.stringify([
    engine.name,
    engineVersion,
    node.gpuName,
    model.name,
    checkpoint.format,
    settings.tensorParallelSize,
    settings.pipelineParallelSize,
    settings.dataParallelSize,
    settings.decodeContextParallelSize,
    settings.expertParallel,
    settings.visionMode,
    settings.kvCacheDtype,
    settings.maxRunningRequests,
    settings.extraArguments.filter((word) => !idleArguments.test(word)),
  ]);
}

/**
 * What a start taught: the prediction beside the log. Null where the log stated neither weights nor pool nor tokens.
 */
export function planOutcome(input: {
  readonly runId: string;
  readonly atMs: number;
  readonly plan: MemoryPlan;
  readonly engineVersion: string;
  readonly facts: LoggedFacts;
  readonly usedBytes: number | null;
}): PlanOutcome | null {
  const {runId, atMs, plan, engineVersion, facts, usedBytes} = input;
  // An engine without a memory fraction takes the cache that it was asked for: that says nothing of what there is.
  const isPoolWhatIsLeft = plan.engine.hasMemoryFraction;
  const logged = {
    weightsBytes: facts['weightsBytesPerGpu'] ?? null,
    poolBytes: isPoolWhatIsLeft ? (facts['kvCachePoolBytesPerGpu'] ?? null) : null,
    capacityTokens: isPoolWhatIsLeft ? (facts['kvCapacityTokens'] ?? null) : null,
  };
  if (logged.weightsBytes === null && logged.poolBytes === null && logged.capacityTokens === null) return null;
  const {weightsBytes, overheadBytes, kvCachePoolBytes, totalBytes, outsideBytes} = plan.perGpu;
  return {
    runId,
    atMs,
    key: outcomeKey(plan, engineVersion),
    label: `${plan.engine.displayName} ${engineVersion} on ${plan.node.gpuName}, tensor parallel ${plan.settings.tensorParallelSize}`,
    engineName: plan.engine.name,
    engineVersion,
    contextLengthTokens: plan.settings.contextLengthTokens,
    memoryFraction: plan.settings.memoryFraction,
    confidence: plan.confidence,
    planned: {
      weightsBytes,
      overheadBytes,
      poolBytes: kvCachePoolBytes,
      capacityTokens: plan.kvCache.capacityTokens,
      usedBytes: totalBytes + outsideBytes,
    },
    logged,
    usedBytes,
    learnedOverheadBytes: learnedFrom(plan, logged),
  };
}

/** A pool is logged with two digits of a GiB; the tokens tell it to the block. */
const LOGGED_POOL_STEP_BYTES = 0.011 * BYTES_PER_GIB;

/** The overhead that makes the logged pool of the plan's; null where the log makes no sense of it. */
export function learnedFrom(
  plan: MemoryPlan,
  {poolBytes, capacityTokens}: Pick<PlanOutcome['logged'], 'poolBytes' | 'capacityTokens'>,
): number | null {
  if (poolBytes === null) return null;
  const {perGpu} = plan;
  const exactBytes = capacityTokens === null ? poolBytes : poolOfTokens(plan, capacityTokens);
  const isConsistent = Math.abs(exactBytes - poolBytes) <= LOGGED_POOL_STEP_BYTES;
  const learned = perGpu.budgetBytes - perGpu.weightsBytes - (isConsistent ? exactBytes : poolBytes);
  // A log whose numbers leave less than nothing, or more than the card, is of something else.
  return learned >= 0 && learned <= perGpu.cudaVisibleBytes ? learned : null;
}

/** The pool of so many tokens, to the middle of its last block. */
function poolOfTokens({kvCache, settings}: MemoryPlan, capacityTokens: number): number {
  const tokensPerRank = capacityTokens / settings.decodeContextParallelSize;
  return Math.round((tokensPerRank + kvCache.blockTokens / 2) * kvCache.bytesPerToken);
}

/**
 * The overhead to plan with after these outcomes, the newest first; null where none is of this key. The newest decides:
 * the same settings on the same version repeat to within a few MiB, and what changed on the host since (the driver, say)
 * is in it.
 */
export function learnOverhead(outcomes: readonly PlanOutcome[], key: string): LearnedOverhead | null {
  const same = outcomes.filter((outcome) => outcome.key === key && outcome.learnedOverheadBytes !== null);
  const [newest] = same;
  if (newest === undefined || newest.learnedOverheadBytes === null) return null;
  const starts = same.length === 1 ? '1 start' : `${same.length} starts`;
  return {overheadBytes: newest.learnedOverheadBytes, basis: `${starts} of ${newest.label}`};
}

/** One quantity of one outcome: predicted and logged. */
export type OutcomeError = {
  readonly quantity: 'weights' | 'pool' | 'tokens' | 'used';
  readonly planned: number;
  readonly seen: number;
  /** planned - seen. */
  readonly difference: number;
  /** difference / seen; null where nothing was seen to divide by. */
  readonly ratio: number | null;
};

/** The signed errors of a past prediction. */
export function outcomeErrors({planned, logged, usedBytes}: PlanOutcome): readonly OutcomeError[] {
  const pairs = [
    ['weights', planned.weightsBytes, logged.weightsBytes],
    ['pool', planned.poolBytes, logged.poolBytes],
    ['tokens', planned.capacityTokens, logged.capacityTokens],
    ['used', planned.usedBytes, usedBytes],
  ] as const;
  return pairs.flatMap(([quantity, value, seen]) =>
    seen === null
      ? []
      : [{quantity, planned: value, seen, difference: value - seen, ratio: seen === 0 ? null : (value - seen) / seen}],
  );
}
