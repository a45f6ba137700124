import type {FindingThresholds} from '../../domain/diagnosis/conditions/finding-thresholds.ts';
import type {MemoryReading} from '../../domain/diagnosis/serving/memory-track.ts';
import {
  type ServingConditions,
  type ServingMoment,
  unseenServing,
  withMoment,
} from '../../domain/diagnosis/serving/serving-conditions.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import {unexplainedBytesOf} from '../../domain/memory/plan/beyond-plan.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {findEngine} from '../../engines/registry.ts';
import type {GpuSample} from '../../samples/gpu.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {engineCards, knownBytes, listedOn} from './engine-gpus.ts';
import type {Observations} from './observations.ts';

/** A sample older than this many milliseconds is stale: three missed ticks. */
export const SAMPLE_STALE_AFTER_MS = 3_500;

/** What the supervisor knows besides its observations, once a second. */
export type SupervisedMoment = {
  readonly lifecycle: LifecycleState;
  readonly plan: Reading<MemoryPlan>;
  readonly thresholds: FindingThresholds;
};

/** The conditions of the serving engine after one more second; none while no engine serves. */
export function servingAfter(seen: Observations, moment: SupervisedMoment, now: Stamp): ServingConditions {
  if (!isServingState(moment.lifecycle.state)) return unseenServing;
  return withMoment(seen.serving, momentOf(seen, moment, now), moment.thresholds);
}

function momentOf(seen: Observations, {lifecycle, plan}: SupervisedMoment, now: Stamp): ServingMoment {
  const {settings, facts, readyAtMs} = lifecycle;
  const engine = settings === null ? undefined : findEngine(settings.engine);
  return {
    nowMs: now.monotonicMs,
    readyForMs: readyAtMs === null ? null : now.sampledAtMs - readyAtMs,
    samples: isFresh(seen.metrics, now) ? seen.traffic.samples : [],
    memory: isFresh(seen.gpuFrame, now) ? memoryOf(seen, plan) : [],
    beyondPlan: isFresh(seen.gpuFrame, now) ? beyondPlanOf(seen, plan) : [],
    runningLimit: settings === null || engine === undefined ? null : engine.runningLimit(settings, facts),
  };
}

function beyondPlanOf(seen: Observations, plan: Reading<MemoryPlan>): ServingMoment['beyondPlan'] {
  if (isAbsent(plan)) return [];
  return engineCards(seen, plan).flatMap((gpu) => {
    const {index, memoryUsedBytes} = gpu;
    if (isAbsent(memoryUsedBytes)) return [];
    const othersBytes = knownBytes(listedOn(gpu, seen).others);
    const {perGpu} = plan;
    return [{index, bytes: unexplainedBytesOf(memoryUsedBytes, othersBytes, perGpu) - perGpu.reserveBytes}];
  });
}

/** True for a sample that is not stale. */
export function isFresh(sample: {readonly stamp: Stamp} | null, now: Stamp): boolean {
  return sample !== null && now.monotonicMs - sample.stamp.monotonicMs <= SAMPLE_STALE_AFTER_MS;
}

/** The GPUs of the engine; all of them without a plan. */
function memoryOf(seen: Observations, plan: Reading<MemoryPlan>): readonly MemoryReading[] {
  return engineCards(seen, plan).flatMap((gpu) =>
    isAbsent(gpu.memoryUsedBytes)
      ? []
      : [{index: gpu.index, usedBytes: gpu.memoryUsedBytes, othersBytes: othersBytes(seen, gpu)}],
  );
}

/** Null where the driver does not list the engine's processes. */
function othersBytes(seen: Observations, gpu: GpuSample): number | null {
  const {own, others} = listedOn(gpu, seen);
  // A list without the engine, as in a container, says nothing of other programs either.
  return own.length === 0 ? null : knownBytes(others);
}
