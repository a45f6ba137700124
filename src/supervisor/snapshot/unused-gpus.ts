import {type Condition, unseenCondition, withSignal} from '../../domain/diagnosis/conditions/condition.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import {unusedGpuFindings} from '../../domain/memory/plan/plan-contradictions.ts';
import {sameSettings} from '../../domain/settings/settings-difference.ts';
import type {GpuSample} from '../../samples/gpu.ts';
import {isAbsent} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {engineCards, knownBytes, listedOn} from './engine-gpus.ts';
import type {Observations} from './observations.ts';
import {isFresh, type SupervisedMoment} from './serving-moment.ts';

/** Longer than an engine that exits holds no memory before its exit is known. */
const RAISED_AFTER_MS = 10_000;

/** Whether the serving engine holds much less of a GPU than planned: raised after ten seconds, resolved immediately. */
export function unusedGpusAfter(
  seen: Observations,
  moment: Pick<SupervisedMoment, 'lifecycle' | 'plan'>,
  now: Stamp,
): Condition {
  if (!isServingState(moment.lifecycle.state)) return unseenCondition;
  const present = unusedNow(seen, moment).length > 0 ? 'present' : 'gone';
  return withSignal(seen.unusedGpus, isFresh(seen.gpuFrame, now) ? present : 'unknown', now.monotonicMs, {
    raiseAfterMs: RAISED_AFTER_MS,
    resolveAfterMs: 0,
  });
}

/** The finding while the condition is raised. */
export function unusedFindings(
  seen: Observations,
  moment: Pick<SupervisedMoment, 'lifecycle' | 'plan'>,
): readonly Finding[] {
  return seen.unusedGpus.isRaised ? unusedNow(seen, moment) : [];
}

function unusedNow(
  seen: Observations,
  {plan, lifecycle: {settings}}: Pick<SupervisedMoment, 'lifecycle' | 'plan'>,
): readonly Finding[] {
  if (isAbsent(plan) || settings === null || !sameSettings(plan.settings, settings)) return [];
  return unusedGpuFindings(
    plan,
    engineCards(seen, plan).flatMap((gpu) => {
      const others = othersBytes(seen, gpu);
      return others === null || isAbsent(gpu.memoryUsedBytes)
        ? []
        : [{index: gpu.index, heldBytes: gpu.memoryUsedBytes - others}];
    }),
  );
}

/**
 * Memory of other programs on this GPU. Null if programs are listed, but none of the engine on any GPU: in a container the
 * list may have its processes under other pids.
 */
function othersBytes(seen: Observations, gpu: GpuSample): number | null {
  const {others} = listedOn(gpu, seen);
  const isEngineListed = (seen.gpuProcesses?.processes ?? []).some(({pid}) => seen.sessionPids.has(pid));
  return others.length > 0 && !isEngineListed ? null : knownBytes(others);
}
