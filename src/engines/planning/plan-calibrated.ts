import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {PlanRefusal} from '../../domain/memory/model/planned-model.ts';
import {divideCard, type LearnedOverhead, type PlanInput} from '../../domain/memory/plan/memory-budget.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {planMemory} from '../../domain/memory/plan/plan-memory.ts';
import {learnOverhead, outcomeKey, type PlanOutcome} from '../../domain/memory/plan/plan-outcome.ts';
import {implausibleOverheadFinding, isBelieved, isExactFailure} from '../../domain/memory/plan/plausible-overhead.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {ok, type Result} from '../../shared/result.ts';
import {type PlanBasis, planInputOf} from './plan-settings.ts';
import {type KnownVersions, plannedVersion} from './planned-version.ts';

/** What a plan needs besides the settings and earlier starts. */
export type CalibratedBasis = Pick<PlanBasis, 'node' | 'onDisk'> & KnownVersions;

/**
 * The memory plan of these settings, calibrated by earlier similar starts, newest first. It is for the version that
 * `plannedVersion` finds, and says where that is from. An overhead that cannot be is not planned with: if the newest start
 * has one, the plan says so. Fixes are calibrated by the starts of their own settings.
 */
export function planCalibrated(
  settings: LaunchSettings,
  {node, onDisk, ...known}: CalibratedBasis,
  outcomes: readonly PlanOutcome[],
): Result<MemoryPlan, PlanRefusal> {
  const {learnedVersion, ...version} = plannedVersion(settings.engine, known, outcomes);
  const found = planInputOf(settings, {node, onDisk, ...version, learned: null});
  if (!found.ok) return found;
  const input = found.value;
  if (learnedVersion === null) return ok(planMemory(input));
  const learnedFor = learnerOf(input, learnedVersion, outcomes);
  const plan = planMemory({...input, learned: learnedFor(settings), learnedFor});
  const doubt = doubtAbout(outcomes, input, learnedVersion);
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
