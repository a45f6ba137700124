import {mkdir, rename, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {LLAMA_BUILD} from './llamacpp/print-log.ts';
import {findGpuType} from './node/gpu-catalog.ts';
import {NODE_DIRECTORY_VARIABLE, writeSimulatedNodeFile} from './node/node-directory.ts';
import {foreignProcess, type ScenarioName, scenarioNames} from './node/scenarios.ts';
import {SGLANG_VERSION} from './sglang/print-log.ts';
import {VLLM_VERSION} from './vllm/start/print-log.ts';

/** Options of a simulated node. `speed` divides the duration of a start (1 is about six minutes). */
export type SimulatedNodeOptions = {
  readonly directory: string;
  readonly nodeExecutable: string;
  /** Folder of the built simulated-nvidia-smi.js and the engines. */
  readonly distDirectory: string;
  readonly scenario: string;
  readonly speed: number;
  readonly gpuName: string;
  readonly gpuCount: number;
};

/** The simulated engines by program name: the built script, and the version that it prints. */
const enginePrograms: Readonly<Record<string, {readonly script: string; readonly version: string}>> = {
  vllm: {script: 'simulated-vllm.js', version: VLLM_VERSION},
  sglang: {script: 'simulated-sglang.js', version: SGLANG_VERSION},
  'llama-server': {script: 'simulated-llama-server.js', version: LLAMA_BUILD},
};

/** The version of each simulated engine, by program name. */
export const simulatedVersions: Readonly<Partial<Record<string, string>>> = Object.fromEntries(
  Object.entries(enginePrograms).map(([program, {version}]) => [program, version]),
);

/** The model that an engine serves on a simulated node, and how its weights are stored. */
export function simulatedModel(engineName: string): {readonly model: string; readonly format: string} {
  return engineName === 'llamacpp'
    ? {model: 'unsloth/Kimi-K2.7-Code-GGUF', format: 'UD-Q4_K_XL'}
    : {model: 'moonshotai/Kimi-K2.7-Code', format: 'auto'};
}

/** Locations of the simulated programs, and the variables that make a child use them. */
export type InstalledNode = {
  readonly nvidiaSmiPath: string;
  /** Directory with each engine's program under its own name. */
  readonly engineDirectory: string;
  readonly environment: Record<string, string>;
};

/** Where the executables of a simulated node in this directory are. */
export function simulatedNodePaths(directory: string): Pick<InstalledNode, 'nvidiaSmiPath' | 'engineDirectory'> {
  const resolved = path.resolve(directory);
  return {nvidiaSmiPath: path.join(resolved, 'nvidia-smi'), engineDirectory: resolved};
}

/** The engines of a simulated node in this directory. */
export function simulatedEngines(directory: string) {
  return {directory: simulatedNodePaths(directory).engineDirectory, versions: simulatedVersions};
}

/**
 * Writes a simulated node: its description and executables, `nvidia-smi` and the engines', which find it themselves.
 * An engine already running there is not affected. Throws a RangeError for an unknown scenario, GPU or speed.
 */
export async function writeSimulatedNode(options: SimulatedNodeOptions): Promise<InstalledNode> {
  const scenario = parseScenario(options.scenario);
  if (!(options.speed > 0)) throw new RangeError(`The speed must be above 0, not ${options.speed}.`);
  const directory = path.resolve(options.directory);
  await mkdir(directory, {recursive: true, mode: 0o700});
  writeSimulatedNodeFile(directory, {
    gpuName: findGpuType(options.gpuName).name,
    gpuCount: options.gpuCount,
    driverVersion: '580.105.08',
    cudaVersion: '13.0',
    scenario,
    speed: options.speed,
    startedAtMs: Date.now(),
    seed: 20_260_612,
  });
  const paths = simulatedNodePaths(directory);
  if (scenario === 'foreign-process')
    await writeForeignProcess(path.join(directory, 'proc', String(foreignProcess.pid)));
  await writeWrapper(paths.nvidiaSmiPath, options, 'simulated-nvidia-smi.js');
  await writeWrapper(path.join(directory, 'dmesg'), options, 'simulated-dmesg.js');
  for (const [program, {script}] of Object.entries(enginePrograms)) {
    await writeWrapper(path.join(paths.engineDirectory, program), options, script);
  }
  return {
    ...paths,
    environment: {
      [NODE_DIRECTORY_VARIABLE]: directory,
      GANTRY_NVIDIA_SMI: paths.nvidiaSmiPath,
    },
  };
}

/** What /proc has of a process that only the simulated driver lists. */
async function writeForeignProcess(directory: string): Promise<void> {
  const {uid, cgroup} = foreignProcess;
  await mkdir(directory, {recursive: true, mode: 0o700});
  await writeFile(path.join(directory, 'status'), `Name:\tpython\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`);
  await writeFile(path.join(directory, 'cgroup'), `${cgroup}\n`);
}

/** The scenario of this name; throws a RangeError that lists the known ones. */
function parseScenario(name: string): ScenarioName {
  const scenario = scenarioNames.find((candidate) => candidate === name);
  if (scenario !== undefined) return scenario;
  throw new RangeError(`Unknown scenario "${name}"; known: ${scenarioNames.join(', ')}.`);
}

async function writeWrapper(file: string, options: SimulatedNodeOptions, script: string): Promise<void> {
  const entry = path.join(path.resolve(options.distDirectory), script);
  const text = [
    '#!/bin/sh',
    '# A simulated program: prints and serves what the real one does, for demonstrations and tests.',
    `${NODE_DIRECTORY_VARIABLE}=${quoted(path.dirname(file))}`,
    `export ${NODE_DIRECTORY_VARIABLE}`,
    `exec ${quoted(options.nodeExecutable)} --max-semi-space-size=2 ${quoted(entry)} "$@"`,
    '',
  ].join('\n');
  // Renamed into place: a wrapper must not change while a shell reads it.
  await writeFile(`${file}.new`, text, {mode: 0o755});
  await rename(`${file}.new`, file);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
