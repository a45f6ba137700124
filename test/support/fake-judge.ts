import type {ApiError} from '../../src/api/commands.ts';
import {PREVIEW_SCHEMA_VERSION, type Preview, type PreviewRequestInput} from '../../src/api/preview.ts';
import type {Snapshot} from '../../src/api/snapshot.ts';
import type {SettingDifference} from '../../src/domain/diagnosis/details/run-details.ts';
import type {Finding} from '../../src/domain/diagnosis/finding.ts';
import {cardByName} from '../../src/domain/memory/cards.ts';
import type {PlanRefusal} from '../../src/domain/memory/model/planned-model.ts';
import {type PlannedNode, parseNodeSpec} from '../../src/domain/memory/node-spec.ts';
import type {MemoryPlan} from '../../src/domain/memory/plan/memory-plan.ts';
import {
  applySettingsChange,
  type LaunchSettings,
  launchSettingsSchema,
  settingsChangeSchema,
} from '../../src/domain/settings/launch-settings.ts';
import {settingNames, settingPath} from '../../src/domain/settings/settings-table.ts';
import {findEngineMemory, planSettings} from '../../src/engines/planning/plan-settings.ts';
import {absent, isAbsent, isPresent} from '../../src/samples/reading.ts';
import {err, ok, type Result} from '../../src/shared/result.ts';

/**
 * The answer of the supervisor of this snapshot's node, for the memory plan only: the node's own cards with what its
 * engine logged, or from the catalog. For tests of callers; the judgement has its own tests.
 */
export function judge(snapshot: Snapshot, {command, gpus = null}: PreviewRequestInput): Result<Preview, ApiError> {
  const before = snapshot.engine.settings;
  const settings = settingsOf(snapshot, command);
  if (settings === null)
    return err({code: 'engine.no-settings', message: 'Nothing was started yet.', remedy: 'Start it.'});
  const node = gpus === null ? nodeOf(snapshot) : parseNodeSpec(gpus);
  if (!node.ok) return err(node.error);
  const {version} = snapshot.engine;
  const planned = planSettings(settings, {
    node: node.value,
    onDisk: null,
    engineVersion: isPresent(version) ? version : null,
    learned: gpus === null ? learnedHere(snapshot, settings) : null,
  });
  return ok({
    schemaVersion: PREVIEW_SCHEMA_VERSION,
    before,
    settings,
    fromConfiguration: command.type === 'restart' ? takenBy(snapshot, command) : [],
    plan: planned.ok ? planned.value : absent(planned.error.message),
    checks: [],
    blockers: blockersOf(planned),
    launch: null,
    remarks: [],
  });
}

function settingsOf(snapshot: Snapshot, command: PreviewRequestInput['command']): LaunchSettings | null {
  const {engine, plan} = snapshot;
  if (command.type === 'start') {
    return command.settings === undefined ? engine.settings : launchSettingsSchema.parse(command.settings);
  }
  const present = engine.settings ?? (isAbsent(plan) ? null : plan.settings);
  if (present === null) return null;
  const taken = takenBy(snapshot, command).map(({key, requested}) => [key, requested]);
  const next = applySettingsChange(present, settingsChangeSchema.parse(Object.fromEntries(taken)));
  return applySettingsChange(next, settingsChangeSchema.parse(command.change ?? {}));
}

/** What a restart takes from the edited configuration: what it does not name itself. */
function takenBy(
  {configuration}: Snapshot,
  {change = {}}: Extract<PreviewRequestInput['command'], {type: 'restart'}>,
): SettingDifference[] {
  return settingNames.flatMap((key) => {
    const row = configuration.values.find((value) => value.key === settingPath(key));
    if (row === undefined || !row.isPending || row.configured === null || change[key] !== undefined) return [];
    return [{key, current: row.value, requested: row.configured.value}];
  });
}

function nodeOf({plan}: Snapshot): Result<PlannedNode, PlanRefusal> {
  if (isAbsent(plan)) return err({code: 'memory.no-node', message: plan.absent, remedy: 'See gantry gpus.'});
  const {gpuName, gpuCount, perGpu} = plan.node;
  return ok({
    card: {name: gpuName, family: cardByName(gpuName)?.family ?? null, isUnified: false, ...perGpu},
    gpuCount,
    hostCount: 1,
  });
}

/** What the running engine logged, if the draft has the same parallelism. */
function learnedHere({plan, engine}: Snapshot, settings: LaunchSettings) {
  if (isAbsent(plan) || plan.settings.tensorParallelSize !== settings.tensorParallelSize) return null;
  const memory = findEngineMemory(plan.engine.name);
  const measured = memory.ok ? memory.value.measureOverhead(plan, engine.facts) : null;
  return measured === null ? null : {overheadBytes: measured.bytes, basis: 'what the running engine logged'};
}

function blockersOf(planned: Result<MemoryPlan, PlanRefusal>): Finding[] {
  if (!planned.ok) return [{severity: 'critical', evidence: null, settingsChange: null, ...planned.error}];
  const {verdict, reason, findings} = planned.value;
  const shortage = findings.find(({severity}) => severity === 'critical');
  if (verdict !== 'does-not-fit' || shortage === undefined) return [];
  const {details: _details, ...told} = shortage;
  return [{...told, code: 'preflight.does-not-fit', message: reason}];
}
