import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import {errorCode} from '../../shared/error-code.ts';
import {isSameProcess} from './process-start.ts';
import {type ScenarioName, scenarioNames} from './scenarios.ts';

/** Variable with the directory shared by the simulated programs. */
export const NODE_DIRECTORY_VARIABLE = 'GANTRY_SIMULATED_NODE';

const nodeSchema = z.strictObject({
  gpuName: z.string(),
  gpuCount: z.int().min(1).max(16),
  driverVersion: z.string(),
  cudaVersion: z.string(),
  scenario: z.enum(scenarioNames),
  /** When a running node changed to this scenario; left out for the one that it was created with. Epoch ms. */
  scenarioSinceMs: z.number().optional(),
  /** 1 loads a model in about six minutes; 20 in about twenty seconds. */
  speed: z.number().positive(),
  startedAtMs: z.number(),
  /** Seed of traffic and jitter. */
  seed: z.int(),
});
export type SimulatedNode = z.infer<typeof nodeSchema>;

const engineProcessSchema = z.strictObject({
  pid: z.int(),
  startTicks: z.number(),
  name: z.string(),
  gpuIndex: z.int(),
  usedMib: z.number(),
});
export type EngineProcess = z.infer<typeof engineProcessSchema>;

const engineSchema = z.strictObject({
  /** The API server, which writes the file; its workers hold the memory. */
  pid: z.int(),
  startTicks: z.number(),
  port: z.int(),
  updatedAtMs: z.number(),
  /** 0..1: GPU utilization, and how much of it is prefill. */
  activityRatio: z.number(),
  prefillRatio: z.number(),
  processes: z.array(engineProcessSchema),
});
/** An engine's GPU use, as last written by it. */
export type EngineState = z.infer<typeof engineSchema>;

/** Reads the node's description. Throws with the file name when it is missing or invalid. */
export function readSimulatedNode(directory: string): SimulatedNode {
  return nodeSchema.parse(JSON.parse(readFileSync(path.join(directory, 'node.json'), 'utf8')));
}

/** The directory from the environment; throws with instructions if it is not set. */
export function simulatedNodeDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const directory = environment[NODE_DIRECTORY_VARIABLE];
  if (directory !== undefined && directory !== '') return directory;
  throw new Error(`${NODE_DIRECTORY_VARIABLE} must name the simulated node's directory (gantry demo sets it).`);
}

/** Describes the node for the programs that share it. */
export function writeSimulatedNodeFile(directory: string, node: SimulatedNode): void {
  mkdirSync(enginesDirectory(directory), {recursive: true, mode: 0o700});
  writeAtomically(path.join(directory, 'node.json'), node);
}

/** Changes the scenario of a node whose programs are running: they follow within a second. */
export function changeScenario(directory: string, scenario: ScenarioName): void {
  const node = readSimulatedNode(directory);
  writeAtomically(path.join(directory, 'node.json'), {...node, scenario, scenarioSinceMs: Date.now()});
}

/** Writes this engine's GPU use; readers see the old or the new file, never a partial one. */
export function writeEngineState(directory: string, state: EngineState): void {
  writeAtomically(engineFile(directory, state.pid), state);
}

/** Removes an exited engine. */
export function removeEngineState(directory: string, pid: number): void {
  rmSync(engineFile(directory, pid), {force: true});
}

/** Every engine with a running process, with only its running processes; files of dead engines are skipped. */
export function readEngineStates(directory: string): readonly EngineState[] {
  return readAllEngines(directory).filter(isPresent);
}

/** The first port requested by any engine of this node; stored for later requests. */
export function claimedPort(directory: string, asked: number): number {
  const file = path.join(directory, 'claimed-port');
  try {
    writeFileSync(file, String(asked), {flag: 'wx', mode: 0o600});
    return asked;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return Number(readFileSync(file, 'utf8'));
  }
}

/** Deletes files of engines that were killed. */
export function removeDeadEngines(directory: string): void {
  for (const state of readAllEngines(directory)) if (!isPresent(state)) removeEngineState(directory, state.pid);
}

function isPresent({pid, startTicks, processes}: EngineState): boolean {
  return processes.length > 0 || isSameProcess(pid, startTicks);
}

function readAllEngines(directory: string): readonly EngineState[] {
  return listFiles(enginesDirectory(directory))
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const state = readEngineFile(path.join(enginesDirectory(directory), name));
      if (state === null) return [];
      return [{...state, processes: state.processes.filter((holder) => isSameProcess(holder.pid, holder.startTicks))}];
    });
}

function readEngineFile(file: string): EngineState | null {
  try {
    return engineSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    // Removed between listing and reading: its engine has just exited.
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function enginesDirectory(directory: string): string {
  return path.join(directory, 'engines');
}

function engineFile(directory: string, pid: number): string {
  return path.join(enginesDirectory(directory), `engine-${pid}.json`);
}

function listFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function writeAtomically(file: string, content: unknown): void {
  const temporary = `${file}.${process.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(content)}\n`, {mode: 0o600});
  renameSync(temporary, file);
}
