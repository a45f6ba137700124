import {BYTES_PER_GIB} from '../../../shared/units.ts';
import type {MemoryPlan} from './memory-plan.ts';

/** Numbers from the engine's log, by fact name. */
export type LoggedFacts = Readonly<Partial<Record<string, number>>>;

/**
 * The overhead per GPU that a start showed, bytes; negative where its pool is larger than the plan leaves room for. A start
 * that ran out of memory gives a lower bound. Whether it is believed: plausible-overhead.ts.
 */
export type MeasuredOverhead = {
  readonly bytes: number;
  readonly isLowerBound: boolean;
  /** By the memory that was free before the engine loaded: what is in use otherwise counts as overhead. */
  readonly isOfFreeMemory?: true;
};

/** The pool is logged in GiB with two digits; the tokens give it to the block. */
const LOGGED_POOL_STEP_BYTES = 0.011 * BYTES_PER_GIB;

/** The overhead that turns the planned pool into the logged one; null if the log does not have the pool. */
export function overheadOfPool(plan: MemoryPlan, facts: LoggedFacts): MeasuredOverhead | null {
  const {kvCachePoolBytesPerGpu: poolBytes, kvCapacityTokens: capacityTokens} = facts;
  if (poolBytes === undefined) return null;
  const {perGpu} = plan;
  const exactBytes = capacityTokens === undefined ? poolBytes : poolOfTokens(plan, capacityTokens);
  const isConsistent = Math.abs(exactBytes - poolBytes) <= LOGGED_POOL_STEP_BYTES;
  return {
    bytes: perGpu.budgetBytes - perGpu.weightsBytes - (isConsistent ? exactBytes : poolBytes),
    isLowerBound: false,
  };
}

/**
 * The lower bound from a start that ran out of memory before it had a KV cache: what its process held and requested,
 * without the planned weights. `contextBytes` is outside the engine's budget.
 */
export function overheadOfExhaustion(
  plan: MemoryPlan,
  facts: LoggedFacts,
  contextBytes: number,
): MeasuredOverhead | null {
  const {heldBytesPerGpu: heldBytes, wantedBytesPerGpu: wantedBytes} = facts;
  if (heldBytes === undefined || wantedBytes === undefined) return null;
  const bytes = heldBytes + wantedBytes - contextBytes - plan.perGpu.weightsBytes;
  return sensible(plan, {bytes, isLowerBound: true});
}

/**
 * The overhead without the bytes that other programs held when the engine loaded: they are not the engine's need, and
 * whether a start has room next to them is judged by what is free then.
 */
export function withoutOtherPrograms(measured: MeasuredOverhead | null, bytes: number): MeasuredOverhead | null {
  if (measured?.isOfFreeMemory !== true) return measured;
  return {...measured, bytes: Math.max(0, measured.bytes - bytes)};
}

/** Null for numbers that leave less than zero, or more than the GPU: they are about something else. */
export function sensible({perGpu}: MemoryPlan, measured: MeasuredOverhead): MeasuredOverhead | null {
  return measured.bytes >= 0 && measured.bytes <= perGpu.cudaVisibleBytes ? measured : null;
}

/** The pool for this many tokens, to the middle of its last block. */
function poolOfTokens({kvCache, settings}: MemoryPlan, capacityTokens: number): number {
  const tokensPerRank = capacityTokens / settings.decodeContextParallelSize;
  return Math.round((tokensPerRank + kvCache.blockTokens / 2) * kvCache.bytesPerToken);
}
