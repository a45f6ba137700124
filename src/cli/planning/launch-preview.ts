import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {PlanOutcome} from '../../domain/memory/plan/plan-outcome.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Engine, LaunchArgument} from '../../engines/engine.ts';
import {engineNames} from '../../engines/engine-names.ts';
import {quoteAssignment, quoteShellWord, quoteShellWords, shellLines} from '../../engines/launch/shell-words.ts';
import {findEngine} from '../../engines/registry.ts';
import {isPresent, type Reading} from '../../samples/reading.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {FoundEngine} from '../../sources/engine-installation/found-engine.ts';
import type {GpuReading} from '../../sources/nvidia-smi/read-gpus-once.ts';
import type {Installation} from '../../supervisor/launch/installed-engines.ts';
import {planNode} from '../../supervisor/launch/plan-cards.ts';
import {findBlockers} from '../../supervisor/launch/preflight.ts';
import {newRunId, type PreparedLaunch, prepareLaunch} from '../../supervisor/launch/prepare-launch.ts';
import type {Directories} from '../../supervisor/state-dir/directories.ts';
import type {ExplainedPart, LaunchTextInput} from '../../views/text/launch-text.ts';

/** What a preview of a start asks of the world. */
export type PreviewWorld = {
  readonly findInstallation: (engine: Engine) => Promise<Installation>;
  readonly lookUpModel: (model: string) => Promise<Result<ModelOnDisk | null, ModelProblem>>;
  /** What earlier starts taught, the newest first. */
  readonly outcomes: readonly PlanOutcome[];
  readonly readCards: () => Promise<GpuReading>;
  /** Of the supervisor that is running; null without one. */
  readonly snapshot: Snapshot | null;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly directories: Pick<Directories, 'stateDir' | 'dataDir'>;
  readonly homeDirectory: string;
  readonly nowMs: number;
};

/** A start that is not made: the document and what its text is made from. Secrets are masked in both. */
export type LaunchPreview = {
  readonly document: object;
  readonly text: LaunchTextInput;
  readonly isRefused: boolean;
};

const MASK = '****';

/** Decides everything that a start would do, also where the engine is not installed, and does nothing of it. */
export async function previewLaunch(
  settings: LaunchSettings,
  force: boolean,
  world: PreviewWorld,
): Promise<Result<LaunchPreview, ApiError>> {
  const engine = findEngine(settings.engine);
  if (engine === undefined) return err(unknownEngine(settings.engine));
  const [installation, model, cards] = await Promise.all([
    world.findInstallation(engine),
    world.lookUpModel(settings.model),
    world.readCards(),
  ]);
  const onDisk = model.ok ? model.value : null;
  const plan = planNode(settings, cards.inventory?.gpus ?? [], {onDisk: () => onDisk, outcomes: world.outcomes});
  const present = presentEngine(world.snapshot, settings);
  const blockers = [
    ...present.blockers,
    ...(await findBlockers({
      settings,
      force,
      plan,
      gpuFindings: cards.findings,
      findInstallation: () => Promise.resolve(installation),
      ...(present.held === null ? {} : {held: present.held}),
    })),
  ];
  const launch = prepareLaunch({
    engine,
    settings,
    installed: installation.ok ? installation.value : assumed(engine),
    model: onDisk,
    runId: newRunId(world.nowMs),
    directories: world.directories,
    homeDirectory: world.homeDirectory,
    variables: world.variables,
  });
  const remarks = [
    ...present.remarks,
    ...(model.ok ? [] : [model.error.message]),
    ...(launch.files.length === 0 ? [] : ['The command reads files that a start writes first; pasted, it needs them.']),
  ];
  const apiKey = world.variables[engine.apiKeyVariable] ?? '';
  return ok(describe({engine, installation, launch, apiKey, plan, blockers, remarks}));
}

/** A file's text with the key masked; all of it where the key may be there in a form that is not known. */
function maskedContents(contents: string, apiKey: string): string {
  if (apiKey === '') return contents;
  const masked = contents.replaceAll(apiKey, MASK);
  return masked === contents ? MASK : masked;
}

/** What the command would be if the engine were on PATH. */
function assumed({installation: {program}}: Engine): FoundEngine {
  return {kind: 'program', path: program, foundBy: 'PATH', version: null, versionSource: 'it is not installed'};
}

type Present = {
  readonly blockers: readonly Finding[];
  readonly remarks: readonly string[];
  readonly held: LaunchSettings | null;
};

const idleStates: ReadonlySet<string> = new Set(['stopped', 'failed', 'backing-off']);

/** What a running supervisor has to say to the start. */
function presentEngine(snapshot: Snapshot | null, settings: LaunchSettings): Present {
  if (snapshot === null) return {blockers: [], remarks: [], held: null};
  if (snapshot.simulated) {
    const message = 'The simulated node is running, and one supervisor looks after one node.';
    return {
      blockers: [refusal('demo.running', message, 'End it with gantry down, then run gantry up again.')],
      remarks: [],
      held: null,
    };
  }
  const {state, settings: running} = snapshot.engine;
  const remarks = ['A supervisor is running: it starts engines in the environment that it was itself started in.'];
  if (idleStates.has(state) || running === null) return {blockers: [], remarks, held: null};
  if (JSON.stringify(running) === JSON.stringify(settings)) {
    return {
      blockers: [],
      remarks: [`The engine is ${state} with these settings: up would leave it alone.`],
      held: running,
    };
  }
  const message = `The engine is ${state} with other settings.`;
  const remedy = 'Use gantry restart to change settings, or stop it first.';
  return {blockers: [refusal('lifecycle.other-settings', message, remedy)], remarks: [], held: running};
}

function refusal(code: string, message: string, remedy: string): Finding {
  return {code, severity: 'critical', message, evidence: null, remedy, settingsChange: null};
}

type Described = {
  readonly engine: Engine;
  readonly installation: Installation;
  readonly launch: PreparedLaunch;
  /** Of the engine's API; empty for none. */
  readonly apiKey: string;
  readonly plan: Reading<MemoryPlan>;
  readonly blockers: readonly Finding[];
  readonly remarks: readonly string[];
};

/** Words without the secrets that an operator put among the extra arguments: the start is refused, and shown all the same. */
function maskedWords({words, why}: LaunchArgument, {secretOptions}: Engine): LaunchArgument {
  const masked = words.map((word, index) => {
    const [option = ''] = word.split('=', 1);
    if (secretOptions.includes(option) && word !== option) return `${option}=${MASK}`;
    return secretOptions.includes(words[index - 1] ?? '') ? MASK : word;
  });
  return {words: masked, why};
}

function describe({engine, installation, launch: unmasked, apiKey, plan, blockers, remarks}: Described): LaunchPreview {
  const launch = {...unmasked, arguments: unmasked.arguments.map((argument) => maskedWords(argument, engine))};
  const environment = launch.environment.map((variable) => ({
    ...variable,
    value: variable.isSecret ? MASK : variable.value,
  }));
  const files = launch.files.map((file) => ({...file, contents: maskedContents(file.contents, apiKey)}));
  const command = commandLines(launch);
  const version = installation.ok ? installation.value.version : null;
  return {
    isRefused: blockers.length > 0,
    document: {
      schemaVersion: 1,
      dryRun: true,
      isRefused: blockers.length > 0,
      blockers,
      engine: engine.name,
      version,
      installation: installation.ok ? installation.value : {error: installation.error},
      executable: launch.executable,
      words: launch.arguments.flatMap(({words}) => words),
      arguments: launch.arguments,
      environment,
      files,
      command: command.join('\n'),
      verdict: isPresent(plan) ? plan.verdict : null,
      plan,
      remarks,
    },
    text: {
      engine: version === null ? engine.displayName : `${engine.displayName} ${version}`,
      installation: installation.ok ? installationText(installation.value) : 'not installed; the command is as on PATH',
      plan,
      blockers,
      remarks,
      command,
      words: launch.arguments.map(({words, why}) => ({text: quoteShellWords(words), why})),
      variables: environment.map(({name, value, isSecret, why}) => ({
        text: isSecret ? `${name}=${MASK}` : quoteAssignment(name, value),
        why,
      })),
      files: files.map(({path, why}): ExplainedPart => ({text: path, why})),
    },
  };
}

/** The command to paste. A secret is left to the environment that it is in already. */
function commandLines({directory, executable, arguments: groups, environment, files, container}: PreparedLaunch) {
  const isInContainer = container !== null;
  const plain = environment.filter(({isSecret}) => !isSecret);
  const assignments = plain.map(({name, value}) => [quoteAssignment(name, value)]);
  // A program in a container has its variables among the words; the directory is where files and the id go.
  const needsDirectory = isInContainer || files.length > 0;
  return [
    ...(needsDirectory ? [`mkdir -p -m 700 ${quoteShellWord(directory)}`] : []),
    ...shellLines([
      ...(isInContainer ? [] : assignments),
      [quoteShellWord(executable), quoteShellWords(groups[0]?.words ?? [])],
      ...groups.slice(1).map(({words}) => [quoteShellWords(words)]),
    ]),
  ];
}

function installationText(found: FoundEngine): string {
  const version = found.version === null ? `version not known: ${found.versionSource}` : `by ${found.versionSource}`;
  switch (found.kind) {
    case 'stand-in':
      return found.path;
    case 'program':
      return `${found.path} (${found.foundBy === found.path ? '' : `found by ${found.foundBy}; `}${version})`;
    case 'python-module':
      return `${found.python} -m ${found.module} (found by ${found.foundBy}; ${version})`;
    case 'container':
      return `${found.client} image ${found.image} (found by ${found.foundBy}; ${version})`;
  }
}

function unknownEngine(name: string): ApiError {
  return {
    code: 'configuration.invalid-value',
    message: `Gantry does not know an engine called "${name}".`,
    remedy: `Set engine.name in the configuration to one of ${engineNames.join(', ')}.`,
  };
}
