import {z} from 'zod';
import {countedText} from '../../../shared/quantities/counts.ts';
import type {EngineMemory} from '../engine-memory.ts';
import {type LoggedFacts, type MeasuredOverhead, withoutOtherPrograms} from './measured-overhead.ts';
import type {LearnedOverhead} from './memory-budget.ts';
import type {MemoryPlan} from './memory-plan.ts';
import {hasOtherWeights, takenBytes} from './plan-contradictions.ts';

const optionalNumber = z.number().nullable();

/** What a plan predicted for a start, and what the engine logged and nvidia-smi showed. Bytes are per GPU. */
export const planOutcomeSchema = z.strictObject({
  runId: z.string(),
  atMs: z.number(),
  /** Its validity: starts with the same key have the same overhead. */
  key: z.string(),
  /** The key as text. */
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
    /** weights + overhead + pool, and the expected memory outside the budget. */
    usedBytes: z.number(),
    /** Left free in addition, and used as needed; not recorded by older versions. */
    reserveBytes: z.number().optional(),
  }),
  logged: z.strictObject({
    weightsBytes: optionalNumber,
    poolBytes: optionalNumber,
    capacityTokens: optionalNumber,
  }),
  /** nvidia-smi's used memory of the fullest GPU once the engine was ready; null before, or without nvidia-smi. */
  usedBytes: optionalNumber,
  /** Everything except the planned weights and the logged pool; null if the log's numbers are not plausible. */
  learnedOverheadBytes: optionalNumber,
  /** The start ran out of memory before it could say: the overhead is at least that. */
  isLowerBound: z.boolean().default(false),
  /** The start failed. What it measured decides whether the same settings can start, however odd it is. */
  isOfFailedStart: z.boolean().default(false),
  /** By the memory that was free before the engine loaded. */
  isOfFreeMemory: z.literal(true).optional(),
});
export type PlanOutcome = z.infer<typeof planOutcomeSchema>;

/** The version when the log did not show one. */
export const UNKNOWN_VERSION = 'unknown';

/** Positions in the key. */
const GPU_NAME_AT = 2;
const DECODE_CONTEXT_AT = 8;
const KV_CACHE_DTYPE_AT = 11;

/** The parts of a plan that its key is made of. */
export type PlanKind = Pick<MemoryPlan, 'settings'> & {
  readonly node: Pick<MemoryPlan['node'], 'gpuName'>;
  readonly model: Pick<MemoryPlan['model'], 'name'>;
  readonly checkpoint: Pick<MemoryPlan['checkpoint'], 'format'>;
  readonly engine: Pick<MemoryPlan['engine'], 'name'>;
};

/** What the overhead of a start depends on. Context length and memory fraction are not included: they do not matter. */
export function outcomeKey(
  {settings, node, model, checkpoint, engine}: PlanKind,
  engineVersion: string,
  {idleArguments}: Pick<EngineMemory, 'idleArguments'>,
): string {
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

/** The GPU that a start was measured on, as nvidia-smi names it; null for a key of another form. */
export function gpuNameOf({key}: Pick<PlanOutcome, 'key'>): string | null {
  const parts: unknown = JSON.parse(key);
  const name: unknown = Array.isArray(parts) ? parts[GPU_NAME_AT] : null;
  return typeof name === 'string' ? name : null;
}

function spreadText({engine, node, settings}: MemoryPlan): string {
  return engine.hasTensorParallelism
    ? `tensor parallel ${settings.tensorParallelSize}`
    : `layers divided among ${countedText(node.usedGpuCount, 'GPU')}`;
}

/**
 * Compares the prediction with the log of a start. Null if the log had neither weights nor pool nor tokens, and the
 * memory did not run out.
 */
export function planOutcome(input: {
  readonly runId: string;
  readonly atMs: number;
  readonly plan: MemoryPlan;
  readonly engine: EngineMemory;
  readonly engineVersion: string;
  readonly facts: LoggedFacts;
  readonly usedBytes: number | null;
  /** What other programs held on a GPU when the start began, as far as the driver lists them. */
  readonly otherProgramsBytes?: number;
  readonly isOfFailedStart?: boolean;
}): PlanOutcome | null {
  const {
    runId,
    atMs,
    plan,
    engine,
    engineVersion,
    facts,
    usedBytes,
    otherProgramsBytes = 0,
    isOfFailedStart = false,
  } = input;
  // An engine without a memory fraction allocates the requested cache: that does not show what is available.
  const isPoolWhatIsLeft = plan.engine.hasMemoryFraction;
  const logged = {
    weightsBytes: facts['weightsBytesPerGpu'] ?? null,
    poolBytes: isPoolWhatIsLeft ? (facts['kvCachePoolBytesPerGpu'] ?? null) : null,
    capacityTokens: isPoolWhatIsLeft ? (facts['kvCapacityTokens'] ?? null) : null,
  };
  const shown = withoutOtherPrograms(engine.measureOverhead(plan, facts), otherProgramsBytes);
  const measured = isAboutOthers(input, shown) ? null : shown;
  const isSilent = logged.weightsBytes === null && logged.poolBytes === null && logged.capacityTokens === null;
  if (isSilent && measured === null) return null;
  const {weightsBytes, overheadBytes, kvCachePoolBytes, totalBytes, outsideBytes, reserveBytes} = plan.perGpu;
  return {
    runId,
    atMs,
    key: outcomeKey(plan, engineVersion, engine),
    label: `${plan.engine.displayName} ${engineVersion} on ${plan.node.gpuName}, ${spreadText(plan)}`,
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
      reserveBytes,
    },
    logged,
    usedBytes,
    learnedOverheadBytes: measured?.bytes ?? null,
    isLowerBound: measured?.isLowerBound ?? false,
    isOfFailedStart,
    ...(measured?.isOfFreeMemory === true ? {isOfFreeMemory: true as const} : {}),
  };
}

/**
 * A start next to another large program, or that failed with other weights, says nothing about the planned one. A failed
 * one that measured the free memory does: with the same programs the same settings fail again.
 */
function isAboutOthers(
  {plan, facts, isOfFailedStart = false}: {plan: MemoryPlan; facts: LoggedFacts; isOfFailedStart?: boolean},
  measured: MeasuredOverhead | null,
): boolean {
  const isNextToOthers = takenBytes(plan, facts) !== null;
  if (!isOfFailedStart) return isNextToOthers;
  return hasOtherWeights(plan, facts) || (isNextToOthers && measured?.isOfFreeMemory !== true);
}

/**
 * The overhead to plan with after these outcomes, the newest first; null if none has this key. The newest decides: the
 * same settings on the same version repeat to within a few MiB, and it includes later changes of the host, such as a
 * new driver. Starts that differ only in the format or sharing of the KV cache give a lower bound.
 */
export function learnOverhead(outcomes: readonly PlanOutcome[], key: string): LearnedOverhead | null {
  return newestOf(outcomes, (other) => other === key) ?? leastOf(outcomes, relatedKey(key));
}

function newestOf(outcomes: readonly PlanOutcome[], isMeant: (key: string) => boolean): LearnedOverhead | null {
  const same = outcomes.filter((outcome) => isMeant(outcome.key) && outcome.learnedOverheadBytes !== null);
  const [newest] = same;
  if (newest === undefined || newest.learnedOverheadBytes === null) return null;
  const starts = same.length === 1 ? '1 start' : `${same.length} starts`;
  const basis = `${starts} of ${newest.label}`;
  return newest.isLowerBound
    ? {
        overheadBytes: newest.learnedOverheadBytes,
        basis: `${basis}, the last of which ran out of memory`,
        isLowerBound: true,
      }
    : {overheadBytes: newest.learnedOverheadBytes, basis};
}

function leastOf(outcomes: readonly PlanOutcome[], related: string): LearnedOverhead | null {
  const learned = newestOf(outcomes, (key) => relatedKey(key) === related);
  return learned === null
    ? null
    : {...learned, basis: `${learned.basis}, with the KV cache kept in another way`, isLowerBound: true};
}

/** The key without what moves the KV cache alone. */
function relatedKey(key: string): string {
  const parts: unknown = JSON.parse(key);
  return Array.isArray(parts)
    ? JSON.stringify(parts.filter((_, index) => index !== DECODE_CONTEXT_AT && index !== KV_CACHE_DTYPE_AT))
    : key;
}

/** One quantity of one outcome: predicted and logged. */
export type OutcomeError = {
  readonly quantity: 'weights' | 'pool' | 'tokens' | 'used';
  readonly planned: number;
  readonly seen: number;
  /** planned - seen. */
  readonly difference: number;
  /** difference / seen; null when seen is zero. */
  readonly ratio: number | null;
};

/** The signed errors of a past prediction. Any use of a reserve is as planned. */
export function outcomeErrors({planned, logged, usedBytes}: PlanOutcome): readonly OutcomeError[] {
  const mostBytes = planned.usedBytes + (planned.reserveBytes ?? 0);
  const expectedBytes = Math.min(Math.max(usedBytes ?? 0, planned.usedBytes), mostBytes);
  const pairs = [
    ['weights', planned.weightsBytes, logged.weightsBytes],
    ['pool', planned.poolBytes, logged.poolBytes],
    ['tokens', planned.capacityTokens, logged.capacityTokens],
    ['used', expectedBytes, usedBytes],
  ] as const;
  return pairs.flatMap(([quantity, value, seen]) =>
    seen === null
      ? []
      : [{quantity, planned: value, seen, difference: value - seen, ratio: seen === 0 ? null : (value - seen) / seen}],
  );
}
