import type {EngineMemory} from '../../domain/memory/engine-memory.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import {type PlanRefusal, resolveModel} from '../../domain/memory/model/planned-model.ts';
import type {PlannedNode} from '../../domain/memory/node-spec.ts';
import type {LearnedOverhead, PlanInput} from '../../domain/memory/plan/memory-budget.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {planMemory} from '../../domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {engineNames} from '../engine-names.ts';
import {findEngine} from '../registry.ts';

/** What a plan needs besides the settings. */
export type PlanBasis = {
  readonly node: PlannedNode;
  /** The model's files, if any. */
  readonly onDisk: ModelOnDisk | null;
  readonly engineVersion: string | null;
  /** As `PlanInput` has it. */
  readonly versionOrigin?: PlanInput['versionOrigin'];
  readonly learned: LearnedOverhead | null;
  /** The same for other settings, as `PlanInput` has it. */
  readonly learnedFor?: PlanInput['learnedFor'];
};

/** The memory plan of these settings; an error if the engine, the model or its format is unknown. */
export function planSettings(settings: LaunchSettings, basis: PlanBasis): Result<MemoryPlan, PlanRefusal> {
  const input = planInputOf(settings, basis);
  return input.ok ? ok(planMemory(input.value)) : input;
}

/** The input of that plan. */
export function planInputOf(settings: LaunchSettings, basis: PlanBasis): Result<PlanInput, PlanRefusal> {
  const engine = findEngineMemory(settings.engine);
  if (!engine.ok) return engine;
  const model = resolveModel(settings.model, settings.format, basis.onDisk);
  if (!model.ok) return model;
  const {node, engineVersion, versionOrigin, learned, learnedFor} = basis;
  const input = {settings, model: model.value, node, engine: engine.value, engineVersion, learned};
  return ok({
    ...input,
    ...(versionOrigin === undefined ? {} : {versionOrigin}),
    ...(learnedFor === undefined ? {} : {learnedFor}),
  });
}

/** How the engine with this name uses memory. */
export function findEngineMemory(name: string): Result<EngineMemory, PlanRefusal> {
  const engine = findEngine(name);
  if (engine !== undefined) return ok(engine.memory);
  return err({
    code: 'memory.unknown-engine',
    message: `Gantry does not know an engine "${name}"`,
    remedy: `Use one of ${engineNames.join(', ')}.`,
  });
}
