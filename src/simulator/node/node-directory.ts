import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import {isSameProcess} from './process-start.ts';
import {scenarioNames} from './scenarios.ts';

/** Names the directory that the simulated programs share. */
export const NODE_DIRECTORY_VARIABLE = 'GANTRY_SIMULATED_NODE';

const nodeSchema = z.strictObject({
  gpuName: z.string(),
  gpuCount: z.int().min(1).max(16),
  driverVersion: z.string(),
  cudaVersion: z.string(),
  scenario: z.enum(scenarioNames),
  /** 1 loads a model in about six minutes; 20 in about twenty seconds. */
  speed: z.number().positive(),
  startedAtMs: z.number(),
  /** Fixes traffic and jitter. */
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
  /** 0..1: how busy the cards are computing, and how much of that is prefill. */
  activityRatio: z.number(),
  prefillRatio: z.number(),
  processes: z.array(engineProcessSchema),
});
/** What an engine does to the cards, as it last wrote it. */
export type EngineState = z.infer<typeof engineSchema>;

/** Reads the node's description. Throws with the file's name when it is missing or not ours. */
export function readSimulatedNode(directory: string): SimulatedNode {
  return nodeSchema.parse(JSON.parse(readFileSync(path.join(directory, 'node.json'), 'utf8')));
}

/** The directory that the environment names; throws with what to do when it names none. */
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

/** Writes what this engine does to the cards; readers see the old file or the new one, never half of one. */
export function writeEngineState(directory: string, state: EngineState): void {
  writeAtomically(engineFile(directory, state.pid), state);
}

/** Forgets an engine that has ended. */
export function removeEngineState(directory: string, pid: number): void {
  rmSync(engineFile(directory, pid), {force: true});
}

/** Every engine of which a process still runs, with only those processes; files of the dead are skipped. */
export function readEngineStates(directory: string): readonly EngineState[] {
  return readAllEngines(directory).filter(isPresent);
}

/** The first port that any engine of this node asked for; remembered for all that ask after it. */
export function claimedPort(directory: string, asked: number): number {
  const file = path.join(directory, 'claimed-port');
  try {
    writeFileSync(file, String(asked), {flag: 'wx', mode: 0o600});
    return asked;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return Number(readFileSync(file, 'utf8'));
  }
}

/** Deletes what engines left that ended without a chance to do so. */
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
    // Removed between the listing and the reading: its engine has just ended.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
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
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function writeAtomically(file: string, content: unknown): void {
  const temporary = `${file}.${process.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(content)}\n`, {mode: 0o600});
  renameSync(temporary, file);
}
