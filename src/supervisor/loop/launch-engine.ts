import {mkdir} from 'node:fs/promises';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LaunchSettings} from '../../domain/lifecycle/launch-settings.ts';
import {findEngine} from '../../engines/registry.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {spawnEngine} from '../process/spawn-engine.ts';
import type {Directories} from '../state-dir/directories.ts';
import type {RunStartedEntry} from '../state-dir/journal-entry.ts';
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
  return `${stamp}-${Math.floor(Math.random() * 0xffff)
    .toString(16)
    .padStart(4, '0')}`;
}

/** Launches the engine these settings name; the value is what the journal keeps of it. */
export async function launchEngine(
  settings: LaunchSettings,
  world: LaunchWorld,
  clock: Clock,
): Promise<Result<{readonly entry: RunStartedEntry}, Finding>> {
  const engine = findEngine(settings.engine);
  if (engine === undefined) throw new Error(`preflight let an unknown engine pass: ${settings.engine}`);
  const command = engine.buildLaunch(settings);
  const runId = newRunId(clock);
  const directory = runDirectory(world.directories.stateDir, runId);
  await mkdir(directory, {recursive: true, mode: 0o700});
  const words = command.arguments.flatMap((argument) => argument.words);
  const executable = world.enginePath ?? command.executable;
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
    return err({
      ...spawned.error,
      severity: 'critical',
      evidence: null,
      settingsChange: null,
    });
  }
  return ok({
    entry: {
      type: 'run-started',
      atMs: clock.nowMs(),
      runId,
      settings,
      argv: [executable, ...words],
      run: spawned.value,
      simulated: world.simulatedNode === null ? null : {directory: world.simulatedNode},
    },
  });
}
