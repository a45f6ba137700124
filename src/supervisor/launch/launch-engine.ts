import {randomBytes} from 'node:crypto';
import {mkdir, rename, writeFile} from 'node:fs/promises';
import type {ApiError} from '../../api/commands.ts';
import {type Finding, findingOf} from '../../domain/diagnosis/finding.ts';
import {scopeArguments} from '../../domain/diagnosis/logout-survival.ts';
import type {RecordedCrashes} from '../../domain/lifecycle/lifecycle.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Engine} from '../../engines/engine.ts';
import {findEngine} from '../../engines/registry.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {readLoginManager} from '../../sources/host/login-manager.ts';
import type {ApiKey} from '../access/api-key.ts';
import {keepRunKey} from '../access/run-key.ts';
import type {LaunchRecord} from '../configuration/launch-record.ts';
import type {Clock} from '../loop/clock.ts';
import {homeDirectory, userName} from '../operating-user.ts';
import {writeContainerRecord} from '../process/container.ts';
import {readBootId} from '../process/process-identity.ts';
import {spawnEngine} from '../process/spawn-engine.ts';
import type {Directories} from '../state-dir/directories.ts';
import type {JournalEntry} from '../state-dir/journal-entry.ts';
import {journalLine} from '../state-dir/journal-text.ts';
import type {World} from '../world.ts';
import {unusableKeyFinding} from './checks/check-access.ts';
import type {Installation} from './installed-engines.ts';
import {faultOf, LaunchFault} from './launch-fault.ts';
import {newRunId, type PreparedLaunch, prepareLaunch} from './prepare-launch.ts';

/** Dependencies of a launch. */
export type LaunchWorld = World & {
  readonly directories: Directories;
  readonly environment: NodeJS.ProcessEnv;
  /** The installation of an engine on this host. */
  readonly findInstallation: (engine: Engine) => Promise<Installation>;
  /** Where the settings of this launch came from. */
  readonly recordOf: (settings: LaunchSettings) => LaunchRecord;
};

/**
 * What is launched: the model's files, null if there are none, the crashes of these settings so far, for what, and the key with
 * which the start was judged.
 */
export type LaunchSubject = {
  readonly settings: LaunchSettings;
  readonly model: ModelOnDisk | null;
  readonly crashes: RecordedCrashes | null;
  readonly intentionId: string | null;
  readonly apiKey: ApiKey;
};

/** A run, with the engine version if the installation has it. */
export type LaunchedRun = {readonly run: RunIdentity; readonly version: string | null};

/**
 * Launches the engine of these settings. The journal is written before and after, so that no engine is lost if the
 * supervisor exits in between. Rejects with a `LaunchFault` if something throws in between and the engine runs; with any other
 * error none does.
 */
export async function launchEngine(
  {settings, model, crashes, intentionId, apiKey: judged}: LaunchSubject,
  world: LaunchWorld,
  journal: (entry: JournalEntry) => void,
  clock: Clock,
): Promise<Result<LaunchedRun, Finding>> {
  const engine = findEngine(settings.engine);
  if (engine === undefined) throw new Error(`preflight let an unknown engine pass: ${settings.engine}`);
  const found = await world.findInstallation(engine);
  if (!found.ok) return err(findingOf(found.error, 'critical'));
  // Without its key the engine would be open to everyone.
  if (judged.kind === 'unusable') return err(unusableKeyFinding(judged));
  const apiKey = judged.kind === 'key' ? judged.value : null;
  const prepared = prepareLaunch({
    engine,
    settings,
    installed: found.value,
    model,
    runId: newRunId(clock.nowMs()),
    directories: world.directories,
    homeDirectory: homeDirectory(),
    apiKey,
    variables: world.environment,
  });
  const {runId, directory, executable} = prepared;
  const made = await makeDirectory(directory);
  if (!made.ok) return err(findingOf(made.error, 'critical'));
  const argv = prepared.arguments.flatMap((argument) => argument.argv);
  const launch = {
    atMs: clock.nowMs(),
    runId,
    settings,
    engineVersion: found.value.version,
    argv: [executable, ...argv],
    environment: recordedEnvironment(prepared),
    configured: world.recordOf(settings),
    ...(crashes === null ? {} : {crashes}),
    simulated: world.simulatedNode === null ? null : {directory: world.simulatedNode},
    ...(intentionId === null ? {} : {intention: intentionId}),
  };
  const launching = {type: 'run-launching', ...launch, directory, bootId: readBootId()} as const;
  journal(launching);
  const {stateDir} = world.directories;
  const failed = (): void => journal({type: 'launch-failed', atMs: clock.nowMs(), runId});
  const started = (run: RunIdentity): void => journal({type: 'run-started', ...launch, run});
  try {
    const written = await writeLaunchFiles(prepared, {stateDir, apiKey});
    const added = prepared.environment.map((variable) => [variable.name, variable.value]);
    const spawned = written.ok
      ? await spawnEngine({
          executable,
          arguments: argv,
          environment: {...world.environment, ...Object.fromEntries(added)},
          directory,
          runId,
          record: journalLine(launching).toString(),
          secretOptions: engine.secretOptions,
          launcher: await launcherOf(world, runId),
        })
      : written;
    if (!spawned.ok) {
      failed();
      return err(findingOf(spawned.error, 'critical'));
    }
    started(spawned.value);
    return ok({run: spawned.value, version: found.value.version});
  } catch (error) {
    const fault = await faultOf(error, launching, stateDir);
    // Otherwise the processes and the files of the run are its record.
    attempt(() => (fault instanceof LaunchFault ? started(fault.run) : failed()));
    throw fault;
  }
}

/** What is recorded of the environment. That of a container is among its arguments. */
function recordedEnvironment({environment, container}: PreparedLaunch): {name: string; value: string | null}[] {
  if (container !== null) return [];
  return environment.map(({name, value, isSecret}) => ({name, value: isSecret ? null : value}));
}

function attempt(task: () => void): void {
  try {
    task();
  } catch {
    // The first error is reported.
  }
}

/** Its own systemd scope, if the login manager would kill the engine and the user's manager is available. */
async function launcherOf({simulated, environment}: LaunchWorld, runId: string): Promise<readonly string[]> {
  if (simulated || environment['XDG_RUNTIME_DIR'] === undefined) return [];
  return scopeArguments(await readLoginManager(userName()), runId);
}

/** Files needed before the engine starts: written completely or not at all, readable only by this user. */
export async function writeLaunchFiles(
  {runId, directory, files, ownDirectories, container}: PreparedLaunch,
  {stateDir, apiKey}: {readonly stateDir: string; readonly apiKey: string | null},
): Promise<Result<null, ApiError>> {
  try {
    for (const own of ownDirectories) await mkdir(own, {recursive: true, mode: 0o700});
    for (const {path, contents} of files) {
      const draft = `${path}.${randomBytes(4).toString('hex')}`;
      await writeFile(draft, contents, {mode: 0o600, flag: 'wx'});
      await rename(draft, path);
    }
    await keepRunKey({stateDir, runId}, apiKey);
    if (container !== null) await writeContainerRecord(directory, container);
    return ok(null);
  } catch (error) {
    return err(cannotPrepare(error));
  }
}

async function makeDirectory(directory: string): Promise<Result<null, ApiError>> {
  try {
    await mkdir(directory, {recursive: true, mode: 0o700});
    return ok(null);
  } catch (error) {
    return err(cannotPrepare(error));
  }
}

function cannotPrepare(error: unknown): ApiError {
  return {
    code: 'process.cannot-prepare',
    message: `The engine's files could not be written: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'Check the free space and the owner of the directories.',
  };
}
