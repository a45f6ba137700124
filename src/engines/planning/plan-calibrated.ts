import type {PlanRefusal} from '../../domain/memory/model/planned-model.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {learnOverhead, outcomeKey, type PlanOutcome, UNKNOWN_VERSION} from '../../domain/memory/plan/plan-outcome.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Result} from '../../shared/result.ts';
import {findEngineMemory, type PlanBasis, planSettings} from './plan-settings.ts';

/**
 * The memory plan of these settings, calibrated by earlier similar starts, newest first. If
 * the engine's version is unknown, that of the newest start of this engine is assumed.
 */
export function planCalibrated(
  settings: LaunchSettings,
  basis: Omit<PlanBasis, 'learned'>,
  outcomes: readonly PlanOutcome[],
): Result<MemoryPlan, PlanRefusal> {
  const newest = outcomes.find(({engineName}) => engineName === settings.engine);
  const version = basis.engineVersion ?? newest?.engineVersion ?? null;
  const known = {...basis, engineVersion: version === UNKNOWN_VERSION ? null : version};
  const estimated = planSettings(settings, {...known, learned: null});
  if (!estimated.ok || version === null) return estimated;
  const engine = findEngineMemory(settings.engine);
  if (!engine.ok) return engine;
  const learned = learnOverhead(outcomes, outcomeKey(estimated.value, version, engine.value));
  return learned === null ? estimated : planSettings(settings, {...known, learned});
}
