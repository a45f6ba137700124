import {mkdir} from 'node:fs/promises';
import type {ApiError} from '../../api/commands.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LaunchSettings} from '../../domain/lifecycle/launch-settings.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {findEngine} from '../../engines/registry.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {readBootId} from '../process/process-identity.ts';
import {spawnEngine} from '../process/spawn-engine.ts';
import type {Directories} from '../state-dir/directories.ts';
import type {JournalEntry} from '../state-dir/journal-entry.ts';
import {runDirectory} from '../state-dir/run-directories.ts';
import type {World} from '../world.ts';
import type {Clock} from './clock.ts';

/** Where and how engines are launched. */
export type LaunchWorld = World & {
  readonly directories: Directories;
  readonly environment: NodeJS.ProcessEnv;
};

/** `20261123-170512-3f9a`: sorts by time, reads as a time, and two starts of one second differ. */
function newRunId(clock: Clock): string {
  const stamp = new Date(clock.nowMs()).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const random = Math.floor(Math.random() * 0x10000);
  return `${stamp}-${random.toString(16).padStart(4, '0')}`;
}

/**
 * Launches the engine these settings name. The journal hears of it before and after, so that a supervisor that ends in
 * between leaves no engine that nobody knows of.
 */
export async function launchEngine(
  settings: LaunchSettings,
  world: LaunchWorld,
  journal: (entry: JournalEntry) => void,
  clock: Clock,
): Promise<Result<RunIdentity, Finding>> {
  const engine = findEngine(settings.engine);
  if (engine === undefined) throw new Error(`preflight let an unknown engine pass: ${settings.engine}`);
  const runId = newRunId(clock);
  const directory = runDirectory(world.directories.stateDir, runId);
  const apiKey = world.environment[engine.apiKeyVariable];
  const command = engine.buildLaunch(settings, {
    version: null,
    isModelOnDisk: false,
    apiKey: apiKey === undefined || apiKey === '' ? null : apiKey,
    runDirectory: directory,
  });
  await mkdir(directory, {recursive: true, mode: 0o700});
  const words = command.arguments.flatMap((argument) => argument.words);
  const executable = world.enginePath ?? engine.installation.program;
  const launch = {
    atMs: clock.nowMs(),
    runId,
    settings,
    argv: [executable, ...words],
    simulated: world.simulatedNode === null ? null : {directory: world.simulatedNode},
  };
  journal({type: 'run-launching', ...launch, directory, bootId: readBootId()});
  const spawned = await spawnEngine({
    executable,
    arguments: words,
    environment: {
      ...world.environment,
      ...Object.fromEntries(command.environment.map((variable) => [variable.name, variable.value])),
    },
    directory,
    runId,
  });
  if (!spawned.ok) {
    journal({type: 'launch-failed', atMs: clock.nowMs(), runId});
    return err(launchFinding(spawned.error));
  }
  journal({type: 'run-started', ...launch, run: spawned.value});
  return ok(spawned.value);
}

function launchFinding(error: ApiError): Finding {
  return {...error, severity: 'critical', evidence: null, settingsChange: null};
}
