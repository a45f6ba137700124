import type {ApiError} from '../../api/commands.ts';
import {PREVIEW_SCHEMA_VERSION, type Preview} from '../../api/preview.ts';
import type {SettingDifference} from '../../domain/diagnosis/details/run-details.ts';
import {type Finding, findingOf} from '../../domain/diagnosis/finding.ts';
import type {LifecycleState, Refusal} from '../../domain/lifecycle/lifecycle.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import {transition} from '../../domain/lifecycle/transition.ts';
import type {PlannedNode} from '../../domain/memory/node-spec.ts';
import {
  applySettingsChange,
  type LaunchSettings,
  type SettingsChange,
  settingsChangeSchema,
} from '../../domain/settings/launch-settings.ts';
import {
  changeBetween,
  changeSummary,
  differingSettings,
  withoutSecrets,
} from '../../domain/settings/settings-difference.ts';
import {changedNames} from '../../domain/settings/settings-table.ts';
import {usedGpuCount} from '../../engines/planning/spread-settings.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {describeLaunch} from '../launch/describe-launch.ts';
import {judgeLaunch} from '../launch/judge-launch.ts';
import type {Held, Judgement} from '../launch/judgement.ts';
import type {JudgementWorld} from '../launch/world/judgement-world.ts';
import {noLastGood, type StartCommand, startEvent, wantedSettings} from './engine-commands.ts';

/** The state that a command would find. */
export type CommandContext = {
  readonly state: LifecycleState;
  /** The settings of a start that names none. */
  readonly next: LaunchSettings;
  /** Processes of the current run. */
  readonly ownPids: ReadonlySet<number>;
  /** Indexes of the GPUs of the current run, if they are known. */
  readonly engineGpus?: ReadonlySet<number> | null;
  readonly nowMs: number;
  /** How long to wait for memory that is being freed; zero by default. */
  readonly memoryPatienceMs?: number;
  /** True for a fix that is being tried: see `LaunchRequest`. */
  readonly isCandidate?: boolean;
};

/** The driver's list of processes is read again within this time after memory has moved. */
const LIST_IS_NEWER_AFTER_MS = 10_000;

/** What a command would do in the present state. */
export type Intent = {
  readonly settings: LaunchSettings;
  /** Settings of the engine that would be stopped first; null if there is none. */
  readonly before: LaunchSettings | null;
  /** Why the lifecycle would refuse it, whatever the launch is; null if it would not. */
  readonly refusal: Refusal | null;
  /** The lifecycle's answer. */
  readonly message: string | null;
  /** What a start takes from the configuration because it has changed since the last one. */
  readonly taken: SettingsChange;
  /** False if the engine already runs with these settings and would not be touched. */
  readonly isStart: boolean;
};

/** What a command would do now, by the rules of the lifecycle. Changes nothing. */
export function intentOf(command: StartCommand, context: CommandContext): Result<Intent, ApiError> {
  const {state, next: base, nowMs} = context;
  if (command.type === 'restart' && command.lastGood && state.lastGoodSettings === null) return err(noLastGood());
  const settings = wantedSettings(command, state, base);
  const next = transition(state, {...startEvent(command, settings), atMs: nowMs});
  return ok({
    settings,
    before: state.run === null ? null : state.settings,
    refusal: next.refusal ?? null,
    message: next.message ?? null,
    taken: takenFromConfiguration(command, state, settings),
    isStart: next.effects.some(({type}) => type === 'run-preflight') || next.state.pending !== null,
  });
}

/** Settings that the command does not name and that are others than those of the last launch. */
function takenFromConfiguration(
  command: StartCommand,
  {settings: last}: LifecycleState,
  settings: LaunchSettings,
): SettingsChange {
  const isWhole = command.type === 'start' ? command.settings !== undefined : command.lastGood;
  if (last === null || isWhole) return {};
  const named = new Set<string>(changedNames(command.change ?? {}));
  const change = changeBetween(last, settings);
  return settingsChangeSchema.parse(Object.fromEntries(Object.entries(change).filter(([name]) => !named.has(name))));
}

/** What the start would find free because the present engine is stopped for it, in whatever state it is. */
export function heldBy({state, ownPids, engineGpus = null, nowMs}: CommandContext): Held | null {
  const {run, settings} = state;
  if (run === null || settings === null) return null;
  const {host, port} = settings;
  return {
    endpoint: {host, port},
    pids: ownPids,
    gpuIndexes: engineGpus,
    gpuCount: usedGpuCount(settings),
    isMemorySteady: isServingState(state.state) && nowMs - (state.readyAtMs ?? 0) >= LIST_IS_NEWER_AFTER_MS,
  };
}

/** Why a command would be refused: by the lifecycle, else by the judgement. */
export function commandBlockers(
  {refusal, isStart}: Pick<Intent, 'refusal' | 'isStart'>,
  judgement: Pick<Judgement, 'blockers'>,
): readonly Finding[] {
  if (refusal !== null) return [findingOf(refusal, 'critical')];
  return isStart ? judgement.blockers : [];
}

/**
 * What a command would do, for the API and every dry run. Starts and stops nothing. With a node given it is about that
 * node, and this host and its engine do not matter. `contextNow` is asked again while it judges.
 */
export async function previewCommand(
  command: StartCommand,
  contextNow: () => CommandContext,
  world: JudgementWorld,
  node: PlannedNode | null = null,
): Promise<Result<Preview, ApiError>> {
  const context = contextNow();
  const {memoryPatienceMs = 0, isCandidate = false, ownPids: endedPids} = context;
  const intent = intentOf(command, context);
  if (!intent.ok) return intent;
  const {settings, before, message, isStart, taken} = intent.value;
  const held = (): Held | null => heldBy(contextNow());
  const request = {settings, force: command.force, held, endedPids, node, memoryPatienceMs, isCandidate};
  const judgement = await judgeLaunch(request, world);
  const {plan, checks, launch, onDisk} = judgement;
  const hasFiles = launch !== null && launch.files.length > 0;
  return ok({
    schemaVersion: PREVIEW_SCHEMA_VERSION,
    before: before === null ? null : withoutSecrets(before),
    settings: withoutSecrets(settings),
    fromConfiguration: differencesOf(taken, context.state),
    plan,
    checks: [...checks],
    blockers: [...(node === null ? commandBlockers(intent.value, judgement) : judgement.blockers)],
    launch: describeLaunch(judgement),
    remarks: [
      ...(isStart || message === null ? [] : [message]),
      ...(changedNames(taken).length === 0 ? [] : [`From the configuration: ${changeSummary(taken)}.`]),
      ...(onDisk?.notes.map((note) => note.message) ?? []),
      ...(hasFiles ? ['The command needs files that a start writes first. Create them before you paste it.'] : []),
    ],
  });
}

function differencesOf(taken: SettingsChange, {settings}: LifecycleState): SettingDifference[] {
  return settings === null ? [] : [...differingSettings(settings, applySettingsChange(settings, taken))];
}
