import {type Condition, type Signal, unseenCondition, withSignal} from '../../domain/diagnosis/conditions/condition.ts';
import {RETURNS_WITHIN_MS} from '../../domain/diagnosis/finding.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import type {LoggedFacts} from '../../domain/memory/plan/measured-overhead.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {LEAST_DIFFERENCE_BYTES, takenBytes} from '../../domain/memory/plan/plan-contradictions.ts';
import type {GpuSample} from '../../samples/gpu.ts';
import {isAbsent} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {engineCards, knownBytes, listedOn} from './engine-gpus.ts';
import type {Observations} from './observations.ts';
import {isFresh, type SupervisedMoment} from './serving-moment.ts';

type Seen = Pick<
  Observations,
  'gpuFrame' | 'gpuInventory' | 'gpuProcesses' | 'sessionPids' | 'takenMemory' | 'engineGpus'
>;

/**
 * Whether the memory that a start found in use was returned: raised once no other program holds much of any GPU of the
 * plan, and from then on for the whole run. A later program is a finding of its own.
 */
export function takenMemoryAfter(
  seen: Seen,
  {lifecycle, plan}: Pick<SupervisedMoment, 'lifecycle' | 'plan'>,
  now: Stamp,
): Condition {
  const {takenMemory} = seen;
  if (isAbsent(plan) || takenBytes(plan, lifecycle.facts) === null) return unseenCondition;
  if (takenMemory.isRaised) return takenMemory;
  const signal = isFresh(seen.gpuFrame, now) ? returnedSignal(seen, lifecycle, plan) : 'unknown';
  return withSignal(takenMemory, signal, now.monotonicMs, {
    raiseAfterMs: RETURNS_WITHIN_MS,
    resolveAfterMs: Number.POSITIVE_INFINITY,
  });
}

/** `present`: on every GPU of the plan, next to nothing is held by others. */
function returnedSignal(seen: Seen, lifecycle: LifecycleState, plan: MemoryPlan): Signal {
  const gpus = engineCards(seen, plan);
  const others = gpus.map((gpu) => othersBytes(gpu, seen, lifecycle, plan));
  if (others.some((bytes) => bytes !== null && bytes >= LEAST_DIFFERENCE_BYTES)) return 'gone';
  return others.length < plan.node.usedGpuCount || others.includes(null) ? 'unknown' : 'present';
}

/** What others hold: what is in use, except for what the engine holds; null if that is unknown. */
function othersBytes(gpu: GpuSample, seen: Seen, lifecycle: LifecycleState, plan: MemoryPlan): number | null {
  const own = ownBytes(gpu, seen, lifecycle, plan);
  return own === null || isAbsent(gpu.memoryUsedBytes) ? null : gpu.memoryUsedBytes - own;
}

/** Unknown for an engine that is exiting: the list of processes is older than the reading of the GPU. */
function ownBytes(gpu: GpuSample, seen: Seen, {run, state, facts}: LifecycleState, plan: MemoryPlan): number | null {
  if (run === null) return 0;
  const isServing = isServingState(state);
  if (!isServing && state !== 'starting') return null;
  return listedBytes(gpu, seen) ?? (isServing ? expectedBytes(facts, plan) : null);
}

/** By the driver's list of processes, which a container may not see. */
function listedBytes(gpu: GpuSample, seen: Seen): number | null {
  const {own} = listedOn(gpu, seen);
  return own.length === 0 || own.some(({usedBytes}) => isAbsent(usedBytes)) ? null : knownBytes(own);
}

/** By what a serving engine has logged, and by the plan: at most, because a reserve is used as needed. */
function expectedBytes(facts: LoggedFacts, {perGpu}: MemoryPlan): number {
  const {weightsBytesPerGpu = perGpu.weightsBytes, kvCachePoolBytesPerGpu = perGpu.kvCachePoolBytes} = facts;
  const {overheadBytes, outsideBytes, reserveBytes} = perGpu;
  return weightsBytesPerGpu + kvCachePoolBytesPerGpu + overheadBytes + outsideBytes + reserveBytes;
}
