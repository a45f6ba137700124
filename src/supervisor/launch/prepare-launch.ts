import path from 'node:path';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Engine, LaunchArgument, LaunchFile, LaunchVariable} from '../../engines/engine.ts';
import {
  type ContainerMount,
  containerArguments,
  containerName,
  passedVariables,
} from '../../engines/launch/container-command.ts';
import type {FoundEngine} from '../../sources/engine-installation/found-engine.ts';
import {cacheDirectory, huggingFaceHome} from '../../sources/model-files/find-model-directory.ts';
import {type ContainerRecord, containerIdPath} from '../process/container.ts';
import {RUN_ID_VARIABLE} from '../process/run-mark.ts';
import type {Directories} from '../state-dir/directories.ts';
import {runDirectory} from '../state-dir/run-directories.ts';

/** Inputs of a launch. */
export type LaunchInput = {
  readonly engine: Engine;
  readonly settings: LaunchSettings;
  readonly installed: FoundEngine;
  /** The model's files on this host; null if there are none. */
  readonly model: ModelOnDisk | null;
  readonly runId: string;
  readonly directories: Pick<Directories, 'stateDir' | 'dataDir'>;
  readonly homeDirectory: string;
  /** Key of the engine's API; null for none. */
  readonly apiKey: string | null;
  /** The environment for the engine. */
  readonly variables: Readonly<Record<string, string | undefined>>;
};

/** A fully prepared launch; nothing has been done yet. */
export type PreparedLaunch = {
  readonly runId: string;
  /** The run's own directory, absolute. */
  readonly directory: string;
  /** A path, or a name on PATH. */
  readonly executable: string;
  readonly arguments: readonly LaunchArgument[];
  /** Added to the engine's environment. */
  readonly environment: readonly LaunchVariable[];
  readonly files: readonly LaunchFile[];
  /** Directories that must exist, accessible only by this user, besides the run's. */
  readonly ownDirectories: readonly string[];
  readonly container: ContainerRecord | null;
};

/** `20261123-170512-3f9a`: sorts by time, is readable as a time, and is unique within a second. */
export function newRunId(nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const random = Math.floor(Math.random() * 0x10000);
  return `${stamp}-${random.toString(16).padStart(4, '0')}`;
}

/** True if every file of the model is on this disk, so the hub is not contacted. */
export function isWholeOnDisk(model: ModelOnDisk | null): boolean {
  if (model === null || model.kind === 'config' || model.missingFiles.length > 0) return false;
  return !model.notes.some(({code}) => code === 'memory.download-incomplete');
}

/**
 * No shell expands a path for the engine, which starts in the directory of its run: it gets the path that was searched.
 */
function absoluteModel(model: string, homeDirectory: string): string {
  if (model.startsWith('~/')) return path.join(homeDirectory, model.slice(2));
  return /^\.{1,2}\//.test(model) ? path.resolve('/', model) : model;
}

/** Decides command, environment and files. No side effects. */
export function prepareLaunch(input: LaunchInput): PreparedLaunch {
  const {engine, installed, model, runId, variables, homeDirectory} = input;
  const directory = runDirectory(input.directories.stateDir, runId);
  const settings = {...input.settings, model: absoluteModel(input.settings.model, homeDirectory)};
  const command = engine.buildLaunch(settings, {
    version: installed.version,
    isModelOnDisk: isWholeOnDisk(model),
    apiKey: input.apiKey,
    runDirectory: directory,
  });
  const {environment, files} = command;
  const plain = {runId, directory, environment, files, ownDirectories: [], container: null};
  switch (installed.kind) {
    case 'stand-in':
    case 'program':
      return {...plain, executable: installed.path, arguments: command.arguments};
    case 'python-module':
      return {
        ...plain,
        executable: installed.python,
        arguments: [
          {
            argv: ['-m', installed.module],
            why: `this Python has no program ${engine.installation.program}`,
          },
          ...withoutFirst(command.arguments, installed.droppedArguments),
        ],
      };
    case 'container': {
      const cache = path.join(input.directories.dataDir, 'engine-cache');
      const huggingFace = huggingFaceHome({variables, homeDirectory, workingDirectory: '/'});
      const name = containerName(runId);
      const run = {
        ...installed,
        name,
        idFile: containerIdPath(directory),
        mounts: [
          ...modelMounts(input),
          {path: cache, isWritable: true, why: 'cache of compiled code for the next start'},
        ],
        passedVariables: [RUN_ID_VARIABLE, ...passedVariables(Object.keys(variables), engine.apiKeyVariable)],
        variables: [
          {name: 'HF_HOME', value: huggingFace, why: 'hub files, at the same path as on the host'},
          {name: 'XDG_CACHE_HOME', value: cache, why: 'compiled code outlives the container'},
        ],
      };
      return {
        ...plain,
        executable: installed.clientPath,
        arguments: containerArguments(command, run),
        ownDirectories: [huggingFace, cache],
        container: {client: installed.clientPath, name},
      };
    }
  }
}

function modelMounts({model, variables, homeDirectory}: LaunchInput): readonly ContainerMount[] {
  const environment = {variables, homeDirectory, workingDirectory: '/'};
  const [home, hub] = [huggingFaceHome(environment), cacheDirectory(environment)];
  // A model's own code is copied there, even if its files are elsewhere.
  const mounts: ContainerMount[] = [{path: home, isWritable: true, why: "hub files and the models' own code"}];
  if (!isBelow(hub, home)) mounts.push({path: hub, isWritable: true, why: 'hub files'});
  if (model === null || isBelow(model.path, home) || isBelow(model.path, hub)) return mounts;
  const directory = /\.(?:gguf|json)$/.test(model.path) ? path.dirname(model.path) : model.path;
  return [...mounts, {path: directory, isWritable: false, why: "the model's files"}];
}

function isBelow(file: string, directory: string): boolean {
  return file === directory || file.startsWith(`${directory}/`);
}

/** The groups without the first `count` arguments, and without empty groups. */
function withoutFirst(groups: readonly LaunchArgument[], count: number): readonly LaunchArgument[] {
  let left = count;
  return groups.flatMap(({argv, why}) => {
    const kept = argv.slice(left);
    left = Math.max(0, left - argv.length);
    return kept.length === 0 ? [] : [{argv: kept, why}];
  });
}
