import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {PlanRefusal} from '../../domain/memory/model/planned-model.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {learnOverhead, outcomeKey, type PlanOutcome, UNKNOWN_VERSION} from '../../domain/memory/plan/plan-outcome.ts';
import {implausibleOverheadFinding, isBelieved} from '../../domain/memory/plan/plausible-overhead.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {ok, type Result} from '../../shared/result.ts';
import {findEngineMemory, type PlanBasis, planSettings} from './plan-settings.ts';

/**
 * The memory plan of these settings, calibrated by earlier similar starts, newest first. If
 * the engine's version is unknown, that of the newest start of this engine is assumed. An overhead that cannot be is not
 * planned with: if the newest start has one, the plan says so.
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
  const key = outcomeKey(estimated.value, version, engine.value);
  const believed = outcomes.filter((outcome) => isBelieved(outcome, estimated.value));
  const learned = learnOverhead(believed, key);
  const planned = learned === null ? estimated : planSettings(settings, {...known, learned});
  const doubt = doubtAbout(outcomes, key, estimated.value);
  if (!planned.ok || doubt === null) return planned;
  return ok({...planned.value, findings: [...planned.value.findings, doubt]});
}

function doubtAbout(outcomes: readonly PlanOutcome[], key: string, estimated: MemoryPlan): Finding | null {
  const newest = outcomes.find((outcome) => outcome.key === key && outcome.learnedOverheadBytes !== null);
  // A failed start is planned with: the finding about it is the run's own.
  if (newest === undefined || newest.learnedOverheadBytes === null || newest.isOfFailedStart) return null;
  const {learnedOverheadBytes: bytes, isLowerBound} = newest;
  return implausibleOverheadFinding({bytes, isLowerBound}, estimated);
}
