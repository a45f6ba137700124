import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {PlanRefusal} from '../../domain/memory/model/planned-model.ts';
import {divideCard, type LearnedOverhead, type PlanInput} from '../../domain/memory/plan/memory-budget.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {planMemory} from '../../domain/memory/plan/plan-memory.ts';
import {learnOverhead, outcomeKey, type PlanOutcome, UNKNOWN_VERSION} from '../../domain/memory/plan/plan-outcome.ts';
import {implausibleOverheadFinding, isBelieved, isExactFailure} from '../../domain/memory/plan/plausible-overhead.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {ok, type Result} from '../../shared/result.ts';
import {type PlanBasis, planInputOf} from './plan-settings.ts';

/** What a plan needs besides the settings and earlier starts. */
export type CalibratedBasis = Pick<PlanBasis, 'node' | 'onDisk'> & {
  /** As named by who asks; null for the one that would be started. */
  readonly engineVersion: string | null;
  /** Of the engine on this host; null if there is none or its version is unknown. */
  readonly installedVersion: string | null;
};

/**
 * The memory plan of these settings, calibrated by earlier similar starts, newest first. If no version is named, the
 * installed one counts, otherwise that of the newest start of this engine; the basis of the plan says which. An overhead
 * that cannot be is not planned with: if the newest start has one, the plan says so. Fixes are calibrated by the starts of
 * their own settings.
 */
export function planCalibrated(
  settings: LaunchSettings,
  {installedVersion, ...basis}: CalibratedBasis,
  outcomes: readonly PlanOutcome[],
): Result<MemoryPlan, PlanRefusal> {
  const newest = outcomes.find(({engineName}) => engineName === settings.engine);
  const version = basis.engineVersion ?? installedVersion ?? newest?.engineVersion ?? null;
  const engineVersion = version === UNKNOWN_VERSION ? null : version;
  const origin = installedVersion === null ? 'that of the newest start here' : 'installed on this host';
  const isNamed = basis.engineVersion !== null || engineVersion === null;
  const found = planInputOf(settings, {
    ...basis,
    engineVersion,
    ...(isNamed ? {} : {versionOrigin: origin}),
    learned: null,
  });
  if (!found.ok) return found;
  const input = found.value;
  if (version === null) return ok(planMemory(input));
  const learnedFor = learnerOf(input, version, outcomes);
  const plan = planMemory({...input, learned: learnedFor(settings), learnedFor});
  const doubt = doubtAbout(outcomes, input, version);
  return ok(doubt === null ? plan : {...plan, findings: [...plan.findings, doubt]});
}

/** What earlier starts measured about any settings of this launch. */
function learnerOf(
  input: PlanInput,
  version: string,
  outcomes: readonly PlanOutcome[],
): (settings: LaunchSettings) => LearnedOverhead | null {
  const known = new Map<string, LearnedOverhead | null>();
  return (settings) => {
    const key = keyOf({...input, settings, model: modelFor(settings, input)}, version);
    const before = known.get(key);
    if (before !== undefined) return before;
    const defaults = defaultsOf({...input, settings});
    const believed = outcomes.filter((outcome) => isBelieved(outcome, defaults));
    const learned = learnOverhead(believed, key);
    known.set(key, learned);
    return learned;
  };
}

/** The model as these settings load it: what one format was measured with says nothing of another. */
function modelFor({format}: LaunchSettings, {settings, model}: PlanInput): PlanInput['model'] {
  return format === settings.format ? model : {...model, checkpoint: {...model.checkpoint, format}};
}

function keyOf({settings, node, model, engine}: PlanInput, version: string): string {
  return outcomeKey(
    {
      settings,
      node: {gpuName: node.card.name},
      model: {name: model.architecture.name},
      checkpoint: {format: model.checkpoint.format},
      engine: {name: engine.engineName},
    },
    version,
    engine,
  );
}

/** The memory of a plan of these settings before any start. */
function defaultsOf(input: PlanInput) {
  const {overheadBytes} = divideCard({...input, learned: null});
  return {perGpu: {overheadBytes, cudaVisibleBytes: input.node.card.cudaVisibleBytes}};
}

function doubtAbout(outcomes: readonly PlanOutcome[], input: PlanInput, version: string): Finding | null {
  const key = keyOf(input, version);
  const newest = outcomes.find((outcome) => outcome.key === key && outcome.learnedOverheadBytes !== null);
  // Such a start is planned with: the finding about it is the run's own.
  if (newest === undefined || newest.learnedOverheadBytes === null || isExactFailure(newest)) return null;
  const {learnedOverheadBytes: bytes, isLowerBound} = newest;
  return implausibleOverheadFinding({bytes, isLowerBound}, planMemory(input));
}
